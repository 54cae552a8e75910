// Applies the service's limit on output tokens wherever a caller can set a limit, and allows only one answer per request.
import type { Configuration } from "../settings/configuration.ts";
import { invalidRequest } from "./invalid-request.ts";

/**
 * The `maxTokens` to send: the caller's value, or else the service's default. The default is small, because Bedrock reserves
 * quota for as many tokens as `maxTokens` allows. Throws `ConverseError` InvalidRequest.
 */
export function maxTokensOf(
  inferenceConfig: Record<string, unknown> = {},
  { maxTokens: most, defaultMaxTokens }: Configuration,
): number {
  for (const [name, limit] of Object.entries(inferenceConfig)) {
    if (typeof limit === "number" && !Number.isFinite(limit)) {
      throw invalidRequest(`inferenceConfig: ${JSON.stringify(name.slice(0, 64))} is too large a number`);
    }
    const isLimit = /^max_?tokens$/i.test(name);
    if (isLimit && !(name === "maxTokens" && limit === null)) {
      checkTokenLimit("inferenceConfig.maxTokens", limit, most);
    }
  }
  return (inferenceConfig["maxTokens"] as number | null | undefined) ?? defaultMaxTokens;
}

/** Accepts only whole numbers above 0, because models differ in how they read anything else. */
export function checkTokenLimit(label: string, limit: unknown, most: number): void {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1) {
    throw invalidRequest(`${label} must be a whole number above 0`);
  }
  if (limit > most) throw invalidRequest(`${label} is above this service's limit of ${most}`);
}

/** Accepts only one answer per request, because each further answer could use all of the tokens again. */
export function checkAnswerCount(label: string, count: unknown): void {
  if (count !== 1) throw invalidRequest(`${label} must be 1: each answer is billed`);
}
