// A claim: the item that says who answers a key, whose it is, and how far it has got.
import { createHash, randomInt } from "node:crypto";
import { ConverseError, isErrorName, type RetryHint } from "../stream/converse-error.ts";
import { isObject, parseObject } from "../shared/json-object.ts";
import { numberIn, textIn, type Item } from "./call-table.ts";
import { isTrue } from "./piece.ts";

/** The sort key of a claim. The parts of an answer begin with a digit, so the claim comes after all of them. */
export const claimPart = "claim";

export interface Claim {
  /** The hash of the key. */
  answer: string;
  /** The hash of the caller's verified identity. */
  owner: string;
  /** The hash of the model, the body for Bedrock and the format. */
  body: string;
  /** Tells this attempt to answer from others with the same key. Later runs have greater names. */
  run: string;
  /**
   * `failed`: the request got an error response. The key is then free again, unless the request was cancelled. `lost`: the answer
   * was not kept.
   */
  state: "running" | "failed" | "lost";
  /** Changes while the invocation that answers is alive. */
  beat: number;
  isCancelled: boolean;
  /** In milliseconds since 1970. Until then somebody follows the answer. */
  watchedUntil: number;
  startedAt: number;
  /** In seconds since 1970, as DynamoDB expects it. It deletes items only days later, so readers have to compare the time. */
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

/** Only digits, and as many as the next one has. */
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
