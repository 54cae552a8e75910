// Calls DynamoDB for one table, without the AWS SDK. Errors have the names that AWS gives them.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
import { setTimeout as sleep } from "node:timers/promises";
import { connectAws } from "../aws/call-aws.ts";
import { isObject, parseObject, type Members } from "../shared/json-object.ts";
import { findEndpoint, type Variables } from "../stream/bedrock/endpoint.ts";
import { NoResponseError } from "../stream/bedrock/post.ts";
import { ConverseError, shownError } from "../stream/converse-error.ts";
import type { Times } from "../stream/settings/configuration.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html */
export type AttributeValue = { S: string } | { N: string } | { B: string } | { BOOL: boolean };
export type Item = Record<string, AttributeValue>;

type Operation = "GetItem" | "PutItem" | "Query" | "UpdateItem";

/** Resolves with the operation's output. Rejects with `TableError`. */
export type CallTable = (operation: Operation, input: object) => Promise<Members>;

/** The table could not be reached, or DynamoDB refused the call. */
export class TableError extends Error {
  /** AWS's name for the error, or Node's code. */
  override readonly name: string;
  /** Whether the same call may succeed soon. */
  readonly isTransient: boolean;
  /** The item in the table that made the condition of a write fail. */
  readonly item: Item | undefined;

  constructor(name: string, isTransient: boolean, item?: Item) {
    super(`Cannot use the table of answers: ${name}`);
    this.name = name;
    this.isTransient = isTransient;
    this.item = item;
  }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const transientNames: ReadonlySet<string> = new Set([
  "LimitExceededException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
]);

/** Opens the first connection. If a variable is missing or wrong, throws an Error that names it. */
export function connectTable(
  name: string,
  attemptMs: number,
  times: Pick<Times, "connect">,
  variables: Variables,
): CallTable {
  const call = connectAws(findEndpoint(variables, "dynamodb"), "dynamodb", times, variables);
  return async (operation, input) => {
    const body = Buffer.from(JSON.stringify({ TableName: name, ...input }));
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
    };
    try {
      const { status, errorName, text } = await call({ path: "/", body, headers, timeoutMs: attemptMs });
      const output = parseObject(text);
      if (status === 200 && output) return output;
      const isTransient = status >= 500 || status === 200 || transientNames.has(errorName);
      throw new TableError(errorName || "NoJson", isTransient, itemIn(output));
    } catch (error) {
      if (error instanceof NoResponseError) throw new TableError(error.cause.code ?? error.cause.name, true);
      if (error instanceof ConverseError) throw new TableError(error.detail ?? error.name, false);
      throw error;
    }
  };
}

export function textIn(value: AttributeValue | undefined): string {
  return value && "S" in value ? value.S : "";
}

export function numberIn(value: AttributeValue | undefined): number {
  return value && "N" in value ? Number(value.N) : 0;
}

/** The log's words for an error that ended a recording: AWS's name for the error, or the origin of a bug. */
export function describeForLog(error: unknown): string {
  return error instanceof TableError ? error.name : (shownError(error).detail ?? "InternalError");
}

/** For a call whose failure has no consequence. An error that is not a `TableError` is a bug, and is not ignored. */
export function ignoreTableError(error: unknown): undefined {
  if (!(error instanceof TableError)) throw error;
  return undefined;
}

function itemIn(output: Members | undefined): Item | undefined {
  const item = output?.["Item"];
  return isObject(item) ? (item as Item) : undefined;
}

/**
 * In milliseconds. The wait before the second attempt is at most `firstDelay`. This limit doubles with each attempt, up to
 * `longestDelay`.
 */
const [firstDelay, longestDelay] = [50, 800];

/**
 * Repeats a call that fails with a transient `TableError` until `limitMs` have passed. Waits longer each time. The wait is
 * random, so that not all invocations repeat their calls at the same moment.
 */
export async function repeatedly<Result>(limitMs: number, call: () => Promise<Result>): Promise<Result> {
  const endAt = performance.now() + limitMs;
  for (let longest = firstDelay; ; longest = Math.min(longest * 2, longestDelay)) {
    try {
      return await call();
    } catch (error) {
      const isTransient = error instanceof TableError && error.isTransient;
      if (!isTransient || performance.now() >= endAt) throw error;
      await sleep((0.5 + Math.random() / 2) * longest);
    }
  }
}
