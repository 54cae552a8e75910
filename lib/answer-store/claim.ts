// The claim on a key: the item that says which invocation answers, which caller owns the answer, and what state the answer is in.
import { createHash, randomInt } from "node:crypto";
import { ConverseError, isErrorName, type RetryHint } from "../stream/converse-error.ts";
import { isObject, parseObject } from "../shared/json-object.ts";
import { numberIn, textIn, type Item } from "./call-table.ts";
import { isTrue } from "./piece.ts";

/** The sort key of a claim. The sort keys of an answer's pieces begin with a digit, so the claim comes after all of them. */
export const claimPart = "claim";

export interface Claim {
  /** The hash of the key. */
  answer: string;
  /** The hash of the caller's verified identity. */
  owner: string;
  /** The hash of the model, the body for Bedrock and the format. */
  body: string;
  /** Distinguishes this attempt to answer from others with the same key. A later attempt has a greater value. */
  run: string;
  /**
   * `failed`: the request got an error response. The key is then free again, unless the request was cancelled. `lost`: the answer
   * was not kept.
   */
  state: "running" | "failed" | "lost";
  /** Changes again and again while the invocation that answers is alive. */
  beat: number;
  isCancelled: boolean;
  /** Until this time, the answer counts as followed by a reader. In milliseconds since 1970. */
  watchedUntil: number;
  /** In milliseconds since 1970. */
  startedAt: number;
  /**
   * In seconds since 1970, as DynamoDB expects it. DynamoDB may take days to delete an expired item, so readers have to compare
   * the time themselves.
   */
  expiresAt: number;
  /** Lambda's id of the invocation that answers. */
  requestId: string;
  /** The error response, if the state is `failed`. */
  failure?: Failure;
}

export interface Failure {
  error: ConverseError;
  /** Whether Bedrock had begun to answer. */
  hasBegun: boolean;
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** Returns only digits, and always the same number of them, so that later runs sort after earlier ones. */
export function newRun(): string {
  return `${Date.now()}${randomInt(1e9).toString().padStart(9, "0")}`;
}

export function itemOfClaim(claim: Omit<Claim, "failure">): Item {
  return {
    answer: { S: claim.answer },
    part: { S: claimPart },
    owner: { S: claim.owner },
    body: { S: claim.body },
    run: { S: claim.run },
    state: { S: claim.state },
    beat: { N: String(claim.beat) },
    cancelled: { BOOL: claim.isCancelled },
    watchedUntil: { N: String(claim.watchedUntil) },
    startedAt: { N: String(claim.startedAt) },
    expiresAt: { N: String(claim.expiresAt) },
    requestId: { S: claim.requestId },
  };
}

/** Returns undefined if there is no item, or if it has expired. */
export function claimIn(item: Item | undefined): Claim | undefined {
  if (!item || numberIn(item["expiresAt"]) <= Date.now() / 1000) return undefined;
  const failure = failureIn(textIn(item["failure"]));
  return {
    answer: textIn(item["answer"]),
    owner: textIn(item["owner"]),
    body: textIn(item["body"]),
    run: textIn(item["run"]),
    state: textIn(item["state"]) as Claim["state"],
    beat: numberIn(item["beat"]),
    isCancelled: isTrue(item["cancelled"]),
    watchedUntil: numberIn(item["watchedUntil"]),
    startedAt: numberIn(item["startedAt"]),
    expiresAt: numberIn(item["expiresAt"]),
    requestId: textIn(item["requestId"]),
    ...(failure && { failure }),
  };
}

/** The error as callers see it, as JSON text. Its detail stays in the log. */
export function textOfFailure({ error, hasBegun }: Failure): string {
  const { name, message, retryHint } = error;
  return JSON.stringify({ name, message, retryHint, hasBegun });
}

function failureIn(text: string): Failure | undefined {
  const { name, message, retryHint, hasBegun } = parseObject(text) ?? {};
  if (!isErrorName(name)) return undefined;
  const error = new ConverseError(name, String(message));
  if (isObject(retryHint)) error.retryHint = retryHint as unknown as RetryHint;
  return { error, hasBegun: hasBegun === true };
}
