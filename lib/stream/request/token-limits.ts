// How many tokens may come out: the service's cap, wherever a caller can name a limit.
import type { Configuration } from "../settings/configuration.ts";
import { ConverseError } from "../converse-error.ts";

/**
 * The `maxTokens` to send: what the caller names, or the service's default. Bedrock reserves quota by it, so an absent
 * one gets a small number. Throws `ConverseError` InvalidRequest.
 */
export function maxTokensOf(
  inferenceConfig: Record<string, unknown> = {},
  { maxTokens: cap, defaultMaxTokens }: Configuration,
): number {
  for (const [name, limit] of Object.entries(inferenceConfig)) {
    if (typeof limit === "number" && !Number.isFinite(limit)) {
      throw refused(`inferenceConfig: ${JSON.stringify(name.slice(0, 64))} is beyond all numbers`);
    }
    const isLimit = /^max_?tokens$/i.test(name);
    if (isLimit && !(name === "maxTokens" && limit === null)) {
      checkTokenLimit("inferenceConfig.maxTokens", limit, cap);
    }
  }
  return (inferenceConfig["maxTokens"] as number | null | undefined) ?? defaultMaxTokens;
}

/** A number, or it is refused: what a model makes of anything else, nobody can say. */
export function checkTokenLimit(label: string, limit: unknown, cap: number): void {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1) {
    throw refused(`${label} must be a whole number above 0`);
  }
  if (limit > cap) throw refused(`${label} is above this service's cap of ${cap}`);
}

/** Several answers to one request would take the cap several times over. */
export function checkAnswerCount(label: string, count: unknown): void {
  if (count !== 1) throw refused(`${label} must be 1: each answer is paid for`);
}

function refused(message: string): ConverseError {
  return new ConverseError("InvalidRequest", message);
}
