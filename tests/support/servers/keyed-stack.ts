// A local stack whose function keeps answers under idempotency keys, and readers that a test can stop after any line.
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { ScriptedModel } from "../../../lib/local/bedrock/script.ts";
import type { StackOptions } from "../../../lib/local/stack.ts";
import { waitFor } from "../deadline.ts";
import { startTestStack, type TestStack } from "./local-stack.ts";

export interface KeyedStackOptions extends Partial<StackOptions> {
  models?: Record<string, ScriptedModel>;
}

export async function startKeyedStack({ models, ...options }: KeyedStackOptions = {}): Promise<TestStack> {
  const bedrock = { kind: "local", options: { deltasPerSecond: 200, ...(models && { models }) } } as const;
  return startTestStack({ bedrock, answerStore: {}, ...options });
}

export function newKey(): string {
  return randomUUID();
}

/** Reads a response line by line. */
export class LineReader {
  readonly response: Response;
  /** All complete lines so far, each with its newline. */
  readonly lines: string[] = [];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #abort: AbortController;
  #rest = "";

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#reader = response.body!.getReader();
    this.#abort = abort;
  }

  /** Resolves with the first `count` lines when they have come, or with all lines if there are fewer. */
  async read(count: number): Promise<string[]> {
    while (this.lines.length < count) {
      const { done, value } = await waitFor(`line ${count}`, this.#reader.read());
      if (done) break;
      this.#rest += Buffer.from(value).toString("latin1");
      const parts = this.#rest.split(/(?<=\n)/);
      this.#rest = parts.at(-1)!.endsWith("\n") ? "" : parts.pop()!;
      this.lines.push(...parts);
    }
    return this.lines.slice(0, count);
  }

  /** Closes the connection. */
  leave(): void {
    this.#reader.releaseLock();
    this.#abort.abort();
  }
}

/** Sends a request, and resolves with a reader when the head of the response has come. */
export async function startReading(
  stack: TestStack,
  body: object,
  init: RequestInit = {},
): Promise<LineReader> {
  const abort = new AbortController();
  return new LineReader(await stack.send(body, { ...init, signal: abort.signal }), abort);
}

/** Resolves when the answer table has the item that claims the key. AWS's SDK reads the table. */
export async function untilClaimed({ answerTable }: TestStack, key: string): Promise<void> {
  const { url, name, credentials } = answerTable!;
  const client = new DynamoDBClient({ endpoint: url, region: "us-east-1", credentials: await credentials() });
  const answer = { S: createHash("sha256").update(key).digest("base64url") };
  const get = new GetItemCommand({ TableName: name, Key: { answer, part: { S: "claim" } } });
  const poll = async (): Promise<void> => {
    while (!(await client.send(get)).Item) await sleep(20);
  };
  await waitFor("the claim", poll());
  client.destroy();
}
