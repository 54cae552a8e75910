// How many tokens may come out: the service's cap, wherever a caller can name a limit.
import type { Configuration } from "./configuration.ts";
import { ConverseError } from "./errors.ts";

/** The inferenceConfig to send. Bedrock reserves quota by `maxTokens`, so an absent one gets a small default. */
export function checkTokenLimits(
  members: Record<string, unknown>,
  { maxTokens, defaultMaxTokens }: Configuration,
): object {
  checkFields(members["additionalModelRequestFields"], "additionalModelRequestFields", maxTokens);
  const config = { ...(members["inferenceConfig"] as Record<string, unknown> | undefined) };
  const { maxTokens: limit = null, ...others } = config;
  checkFields(others, "inferenceConfig", maxTokens);
  if (limit !== null) check("inferenceConfig.maxTokens", limit, maxTokens);
  return { ...config, maxTokens: limit ?? defaultMaxTokens };
}

/** Models have limits under names of their own, at any depth, which override Bedrock's. */
function checkFields(value: unknown, where: string, cap: number): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const bare = name.toLowerCase().replaceAll(/[^a-z]/g, "");
    const label = `${where}: ${name.slice(0, 64)}`;
    if (namesTokenLimit(bare)) check(label, member, cap);
    else if (mayBeTokenLimit.test(bare) && !Array.isArray(member) && Number(member) > cap) {
      throw refused(`${label} is ${Number(member)}, above this service's cap of ${cap}`);
    } else if (namesAnswerCount.test(bare) && Number(member) !== 1) {
      throw refused(`${label} must be 1: each answer is paid for`);
    } else checkFields(member, where, cap);
  }
}

/** max_tokens, max_tokens_to_sample, max_gen_len, maxTokenCount, max_new_tokens, budget_tokens and their like. */
function namesTokenLimit(bare: string): boolean {
  return /^((max|output|completion|generation|response|answer).*(token|len)|.*budget|n(um)?predict)/.test(
    bare,
  );
}

/** Has also names that are no limits, such as stop_tokens, so only a number that is too large counts. */
const mayBeTokenLimit = /token|length|limit|predict|maxlen|maxoutput/;

/** Several answers to one request take the cap several times over. */
const namesAnswerCount =
  /^(n|bestof|candidatecount|(num|number|n)(of)?(generations?|results?|completions?|choices|samples|candidates|returnsequences|sequences))$/;

function check(name: string, limit: unknown, cap: number): void {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1) {
    throw refused(`${name} must be a whole number above 0`);
  }
  if (limit > cap) throw refused(`${name} is ${limit}, above this service's cap of ${cap}`);
}

function refused(message: string): ConverseError {
  return new ConverseError("InvalidRequest", message);
}
