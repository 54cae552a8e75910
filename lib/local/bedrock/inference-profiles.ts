// ListInferenceProfiles and GetInferenceProfile of Bedrock's control plane.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html
import { behindProfile, foundationModelArn } from "./foundation-models.ts";
import type { KnownModels } from "./known-models.ts";
import { lastSegment } from "./model-id.ts";
import { errorResponse, jsonResponse, type PlainResponse } from "./script.ts";
import { checkEnum, checkRange } from "./validation/constraints.ts";
import { ValidationError } from "./validation/validation-error.ts";
import type { JsonObject } from "../../wire.ts";

/** The account in all ARNs of the local stack. */
const accountId = "123456789012";
const profileArn = /^arn:[\w-]+:bedrock:[\w-]*:\d*:(inference-profile|application-inference-profile)\/(.+)$/;

/** Lists the aliases that are inference profiles. Throws `ValidationError`. */
export function listInferenceProfiles(
  known: KnownModels,
  region: string,
  query: URLSearchParams,
): JsonObject {
  const type = query.get("type");
  if (type !== null) checkEnum(type, "typeEquals", ["SYSTEM_DEFINED", "APPLICATION"]);
  const maxResults = Number(query.get("maxResults") ?? 100);
  checkRange(maxResults, "maxResults", 1, 1000);
  const start = startOf(query.get("nextToken"));
  const profiles = known.ids
    .map((id) => describe(known, region, id))
    .filter((profile) => profile !== undefined)
    .filter((profile) => type === null || profile["type"] === type);
  const end = start + maxResults;
  return {
    inferenceProfileSummaries: profiles.slice(start, end),
    ...(end < profiles.length && { nextToken: Buffer.from(String(end)).toString("base64url") }),
  };
}

export function getInferenceProfile(known: KnownModels, region: string, identifier: string): PlainResponse {
  const profile = describe(known, region, identifier);
  if (profile) return jsonResponse(profile);
  const message = "The provided inference profile identifier could not be found.";
  return errorResponse(404, "ResourceNotFoundException", { message });
}

function startOf(nextToken: string | null): number {
  if (nextToken === null) return 0;
  const text = Buffer.from(nextToken, "base64url").toString();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ValidationError("The provided pagination token is invalid.");
}

/** Returns undefined if the identifier does not belong to an inference profile, or if the profile has no model. */
function describe(known: KnownModels, region: string, identifier: string): JsonObject | undefined {
  const [, kind = "inference-profile", id = identifier] = profileArn.exec(identifier) ?? [];
  const isApplication = kind === "application-inference-profile";
  const target = known.find(identifier);
  const modelId = isApplication ? target && lastSegment(target.id) : behindProfile(id);
  if (modelId === undefined || target === undefined) return undefined;
  const arn = `arn:aws:bedrock:${region}:${accountId}:${kind}/${id}`;
  return {
    inferenceProfileName: id,
    inferenceProfileArn: identifier.startsWith("arn:") ? identifier : arn,
    inferenceProfileId: id,
    models: [{ modelArn: foundationModelArn(region, modelId) }],
    status: "ACTIVE",
    type: isApplication ? "APPLICATION" : "SYSTEM_DEFINED",
  };
}
