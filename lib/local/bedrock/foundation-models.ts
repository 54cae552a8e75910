// ListFoundationModels and GetFoundationModel of Bedrock's control plane.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
import type { KnownModels } from "./known-models.ts";
import { errorResponse, jsonResponse, type PlainResponse } from "./script.ts";
import { profileIdForm } from "../../stream/settings/models.ts";
import { checkEnum } from "./validation/constraints.ts";
import type { JsonObject } from "../../wire.ts";

/** The foundation model of an inference profile: `amazon.nova-lite-v1:0` for the profile `us.amazon.nova-lite-v1:0`. */
export function behindProfile(profileId: string): string | undefined {
  return profileIdForm.exec(profileId)?.[2];
}

export function foundationModelArn(region: string, modelId: string): string {
  return `arn:aws:bedrock:${region}::foundation-model/${modelId}`;
}

/** Throws `ValidationError`. */
export function listFoundationModels(known: KnownModels, region: string, query: URLSearchParams): JsonObject {
  const enums: Record<string, string[]> = {
    byCustomizationType: ["FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"],
    byOutputModality: ["TEXT", "IMAGE", "EMBEDDING"],
    byInferenceType: ["ON_DEMAND", "PROVISIONED"],
  };
  for (const [name, values] of Object.entries(enums)) {
    if (query.has(name)) checkEnum(query.get(name), name, values);
  }
  const ids = known.ids.filter((id) => !id.startsWith("arn:")).map((id) => behindProfile(id) ?? id);
  const modelSummaries = [...new Set(ids)].map((id) => describe(known, region, id));
  return { modelSummaries: modelSummaries.filter((summary) => matches(summary, query)) };
}

export function getFoundationModel(known: KnownModels, region: string, identifier: string): PlainResponse {
  const id = identifier.replace(/^arn:.*:foundation-model\//, "");
  const isListed = known.ids.some((each) => behindProfile(each) === id);
  const isModel = !id.startsWith("arn:") && behindProfile(id) === undefined && known.find(id) !== undefined;
  if (isListed || isModel) return jsonResponse({ modelDetails: describe(known, region, id) });
  const message = "The provided model identifier is invalid.";
  return errorResponse(400, "ValidationException", { message });
}

function matches(summary: JsonObject, query: URLSearchParams): boolean {
  const filters = {
    byProvider: [summary["providerName"]],
    byCustomizationType: summary["customizationsSupported"],
    byOutputModality: summary["outputModalities"],
    byInferenceType: summary["inferenceTypesSupported"],
  };
  return Object.entries(filters).every(([name, values]) => {
    const wanted = query.get(name)?.toLowerCase();
    return wanted === undefined || (values as string[]).some((value) => value.toLowerCase() === wanted);
  });
}

/** As on AWS, a model that can only be called through an inference profile has the inference type `INFERENCE_PROFILE`. */
function describe(known: KnownModels, region: string, modelId: string): JsonObject {
  const found = known.find(modelId);
  const ownProvider = found?.id === modelId ? found.model.provider : undefined;
  const [prefix = "", ...rest] = modelId.split(".");
  return {
    modelArn: foundationModelArn(region, modelId),
    modelId,
    modelName: ownProvider === undefined ? rest.join(".") : modelId,
    providerName: ownProvider ?? prefix.charAt(0).toUpperCase() + prefix.slice(1),
    inputModalities: ["TEXT", "IMAGE"],
    outputModalities: ["TEXT"],
    responseStreamingSupported: true,
    customizationsSupported: [],
    inferenceTypesSupported: [found ? "ON_DEMAND" : "INFERENCE_PROFILE"],
    modelLifecycle: { status: "ACTIVE" },
  };
}
