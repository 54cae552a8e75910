// How many tokens may come out: the service's cap, wherever a caller can name a limit.
import type { Configuration } from "./configuration.ts";
import { ConverseError } from "./errors.ts";

/** The inferenceConfig to send. Bedrock reserves quota by `maxTokens`, so an absent one gets a small default. */
export function checkTokenLimits(
  members: Record<string, unknown>,
  { maxTokens, defaultMaxTokens }: Configuration,
): object {
  checkAdditionalFields(members["additionalModelRequestFields"], maxTokens);
  const config = { ...(members["inferenceConfig"] as Record<string, unknown> | undefined) };
  const limit = config["maxTokens"] ?? undefined;
  if (limit !== undefined) check("inferenceConfig.maxTokens", limit, maxTokens);
  return { ...config, maxTokens: limit ?? defaultMaxTokens };
}

/** Models have limits under names of their own, at any depth, which override Bedrock's. */
function checkAdditionalFields(value: unknown, cap: number): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (namesTokenLimit(name)) check(`additionalModelRequestFields: ${name.slice(0, 64)}`, member, cap);
    else checkAdditionalFields(member, cap);
  }
}

/** max_tokens, max_tokens_to_sample, max_gen_len, maxTokenCount, max_new_tokens, budget_tokens and their like. */
function namesTokenLimit(name: string): boolean {
  return /^(max.*(token|len)|(token)?budget|numpredict)/.test(name.toLowerCase().replaceAll(/[^a-z]/g, ""));
}

function check(name: string, limit: unknown, cap: number): void {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1) {
    throw new ConverseError("InvalidRequest", `${name} must be a whole number above 0`);
  }
  if (limit > cap) {
    throw new ConverseError("InvalidRequest", `${name} is ${limit}, above this service's cap of ${cap}`);
  }
}
