// Finds the operation of a request from its method and path, as AWS's model of the API defines them.
import { errorResponse, type PlainResponse } from "./script.ts";

/** The last four operations belong to Bedrock's control plane, where clients list models and inference profiles. */
const operations = {
  ConverseStream: "POST /model/{modelId}/converse-stream",
  Converse: "POST /model/{modelId}/converse",
  CountTokens: "POST /model/{modelId}/count-tokens",
  ApplyGuardrail: "POST /guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply",
  ListFoundationModels: "GET /foundation-models",
  GetFoundationModel: "GET /foundation-models/{modelIdentifier}",
  ListInferenceProfiles: "GET /inference-profiles",
  GetInferenceProfile: "GET /inference-profiles/{inferenceProfileIdentifier}",
};

/** Operations that clients are known to call but that the local Bedrock lacks. They are listed so that errors can name them. */
const missingOperations = {
  InvokeModel: "POST /model/{modelId}/invoke",
  InvokeModelWithResponseStream: "POST /model/{modelId}/invoke-with-response-stream",
  InvokeModelWithBidirectionalStream: "POST /model/{modelId}/invoke-with-bidirectional-stream",
  StartAsyncInvoke: "POST /async-invoke",
  CreateInferenceProfile: "POST /inference-profiles",
  ListGuardrails: "GET /guardrails",
  GetGuardrail: "GET /guardrails/{guardrailIdentifier}",
  GetFoundationModelAvailability: "GET /foundation-model-availability/{modelId}",
  ListCustomModels: "GET /custom-models",
  ListImportedModels: "GET /imported-models",
  ListProvisionedModelThroughputs: "GET /provisioned-model-throughputs",
};

export type OperationName = keyof typeof operations;

export interface Route {
  operation: OperationName;
  /** The decoded values of the placeholders in the operation's path, from left to right. */
  labels: string[];
  query: URLSearchParams;
}

const patterns = patternsOf(operations);
const missingPatterns = patternsOf(missingOperations);
const operationList = Object.entries(operations).map(([name, template]) => `${name} (${template})`);

/** For an unknown operation, returns an error response that names the operation, if possible, and lists the existing ones. */
export function routeOf(method: string, target: string): Route | PlainResponse {
  const [path = "", query = ""] = target.split(/\?(.*)/s, 2);
  const request = `${method} ${path}`;
  const [operation, labels = []] = findOperation(patterns, request);
  if (operation !== undefined) return { operation, labels, query: new URLSearchParams(query) };
  const [missing = "The operation"] = findOperation(missingPatterns, request);
  const message = `${missing} is unknown: ${request.slice(0, 200)}; the local Bedrock has ${operationList.join(", ")}`;
  return errorResponse(404, "UnknownOperationException", { message });
}

function patternsOf<Name extends string>(templates: Record<Name, string>): [Name, RegExp][] {
  const entries = Object.entries(templates) as [Name, string][];
  return entries.map(([name, template]) => [
    name,
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, "([^/]+)")}$`),
  ]);
}

function findOperation<Name extends string>(
  candidates: [Name, RegExp][],
  request: string,
): [name?: Name, labels?: string[]] {
  for (const [name, pattern] of candidates) {
    const labels = pattern.exec(request)?.slice(1);
    if (labels) return [name, labels.map(decoded)];
  }
  return [];
}

/** An id that cannot be decoded is returned unchanged, and will not match any model. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
