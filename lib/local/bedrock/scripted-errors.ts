// The scripted models that respond with an error status, with Bedrock's messages.
import type { ErrorName } from "../../stream/converse-error.ts";
import { errorResponse } from "./script.ts";
import type { ScriptedModel } from "./script.ts";
import type { JsonObject } from "../../wire.ts";

/** Bedrock's message for internal errors and model errors. */
export const unexpectedError =
  "The system encountered an unexpected error during processing. Try your request again.";

export const errorModels: Record<string, ScriptedModel> = {
  "local.throttled": responding(429, "ThrottlingException", {
    message: "Too many requests, please wait before trying again.",
  }),
  // Like Bedrock's real messages, this one names the role and its account. Neither may reach the service's callers.
  "local.denied": responding(
    403,
    "AccessDeniedException",
    {
      message:
        "User: arn:aws:sts::123456789012:assumed-role/deltapipe-role/deltapipe is not authorized to perform: " +
        "bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:us-east-1::foundation-model/local.denied " +
        "because no identity-based policy allows the bedrock:InvokeModelWithResponseStream action",
    },
    "UpstreamAccessDenied",
  ),
  "local.invalid": responding(400, "ValidationException", {
    message:
      "The maximum tokens you requested exceeds the model limit of 4096. " +
      "Try again with a maximum tokens value that is lower than 4096.",
  }),
  "local.unavailable": responding(503, "ServiceUnavailableException", {
    message: "Bedrock is unable to process your request.",
  }),
  "local.model-error": responding(424, "ModelErrorException", {
    message: unexpectedError,
    originalStatusCode: 500,
    resourceName: "arn:aws:bedrock:us-east-1::foundation-model/local.model-error",
  }),
  "local.not-ready": responding(429, "ModelNotReadyException", {
    message: "Model is not ready for inference. Wait and try your request again.",
  }),
  "local.model-timeout": responding(408, "ModelTimeoutException", {
    message: "Model has timed out in processing the request. Try your request again.",
  }),
  "local.not-found": responding(404, "ResourceNotFoundException", {
    message: "Could not resolve the foundation model from the provided model identifier.",
  }),
  "local.internal": responding(500, "InternalServerException", { message: unexpectedError }),
};

/** `becomes` is the name of the service's error, if it differs from Bedrock's. */
function responding(status: number, name: ErrorName, payload: JsonObject): ScriptedModel;
function responding(status: number, name: string, payload: JsonObject, becomes: ErrorName): ScriptedModel;
function responding(
  status: number,
  name: string,
  payload: JsonObject,
  becomes = name as ErrorName,
): ScriptedModel {
  return {
    description: `responds with ${status} ${name}`,
    becomes,
    *script() {
      yield { do: "respond", response: errorResponse(status, name, payload) };
    },
  };
}
