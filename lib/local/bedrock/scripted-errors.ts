// The scripted models that refuse the request with a status, in Bedrock's words.
import { errorResponse } from "./script.ts";
import type { ScriptedModel } from "./script.ts";
import type { JsonObject } from "../../wire.ts";

const unexpected = "The system encountered an unexpected error during processing. Try your request again.";

export const errorModels: Record<string, ScriptedModel> = {
  "local.throttled": refusing(429, "ThrottlingException", {
    message: "Too many requests, please wait before trying again.",
  }),
  // Real ones name the caller and its account: what is told to callers must not.
  "local.denied": refusing(403, "AccessDeniedException", {
    message:
      "User: arn:aws:sts::123456789012:assumed-role/deltapipe-role/deltapipe is not authorized to perform: " +
      "bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:us-east-1::foundation-model/local.denied " +
      "because no identity-based policy allows the bedrock:InvokeModelWithResponseStream action",
  }),
  "local.invalid": refusing(400, "ValidationException", {
    message:
      "The maximum tokens you requested exceeds the model limit of 4096. " +
      "Try again with a maximum tokens value that is lower than 4096.",
  }),
  "local.unavailable": refusing(503, "ServiceUnavailableException", {
    message: "Bedrock is unable to process your request.",
  }),
  "local.model-error": refusing(424, "ModelErrorException", {
    message: unexpected,
    originalStatusCode: 500,
    resourceName: "arn:aws:bedrock:us-east-1::foundation-model/local.model-error",
  }),
  "local.not-ready": refusing(429, "ModelNotReadyException", {
    message: "Model is not ready for inference. Wait and try your request again.",
  }),
  "local.model-timeout": refusing(408, "ModelTimeoutException", {
    message: "Model has timed out in processing the request. Try your request again.",
  }),
  "local.not-found": refusing(404, "ResourceNotFoundException", {
    message: "Could not resolve the foundation model from the provided model identifier.",
  }),
  "local.internal": refusing(500, "InternalServerException", { message: unexpected }),
};

function refusing(status: number, name: string, payload: JsonObject): ScriptedModel {
  return {
    description: `refuses with ${status} ${name}`,
    *script() {
      yield { do: "respond", response: errorResponse(status, name, payload) };
    },
  };
}
