// A local stack for a test file, and functions that send signed requests to it.
import { inject } from "vitest";
import { createSignedFetch } from "../../../lib/signer/index.ts";
import { startStack, type Stack, type StackOptions } from "../../../lib/local/stack.ts";
import type { Line } from "../../../lib/wire.ts";
import { builtOnce } from "../builds/built-once.ts";
import { scaled, waitFor } from "../deadline.ts";

export interface TestStack extends Stack {
  /** Every line that the function logged. */
  log: string[];
  /** Sends a signed request. Resolves when the head of the response has arrived. */
  send(body: unknown, init?: RequestInit): Promise<Response>;
  /** Sends a signed request and reads the response to the end. */
  ask(body: unknown, init?: RequestInit): Promise<StackAnswer>;
  /** Resolves with the function's log record of a request. */
  record(requestId: string): Promise<Record<string, unknown>>;
}

export interface StackAnswer {
  status: number;
  headers: Headers;
  /** The complete body. */
  body: string;
  /** The parsed lines of an NDJSON body. */
  lines: Line[];
}

export const caller = { accessKeyId: "local", secretAccessKey: "local" };

export async function startTestStack(options: Partial<StackOptions> = {}): Promise<TestStack> {
  // Without a store, this option is left out: `answerStore: false` would be another input, so the bundle would be built again.
  const parts = options.answerStore && { answerStore: true };
  const log: string[] = [];
  const watchers = new Set<(line: string) => void>();
  // Vitest's project decides which Bedrock client the functions have, so that the same tests run with both clients.
  const { bedrockClient = inject("bedrockClient") } = options.service ?? {};
  const built = (handler?: string) => builtOnce("bundle", { handler, bedrockClient, ...parts });
  const stack = await startStack({
    callers: [caller],
    region: "us-east-1",
    // On a busy machine an environment may take long to ask for its next invocation.
    finishingMs: scaled(10_000),
    bedrock: { kind: "local", options: { deltasPerSecond: 200 } },
    taskRoot: options.taskRoot ?? (await built(options.service?.handler)),
    onLog(line) {
      log.push(line);
      for (const check of watchers) check(line);
    },
    ...options,
    service: { ...options.service, bedrockClient },
    webSocket: {
      taskRoot: await built("handlers/websocket.handler"),
      ...options.webSocket,
    },
  });
  const signedFetch = createSignedFetch({ credentials: caller, region: "us-east-1", service: "lambda" });

  function send(body: unknown, init: RequestInit = {}): Promise<Response> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = signedFetch(stack.url, { method: "POST", body: text, ...init } as never);
    return waitFor("The head of the response", response as unknown as Promise<Response>);
  }

  return {
    ...stack,
    log,
    send,
    async ask(body, init) {
      const response = await send(body, init);
      return readAnswer(response);
    },
    record(requestId) {
      const found = new Promise<Record<string, unknown>>((resolve) => {
        function check(line: string): void {
          if (!isRecordOf(line, requestId)) return;
          watchers.delete(check);
          resolve((JSON.parse(line) as { message: Record<string, unknown> }).message);
        }
        watchers.add(check);
        // The record may have been logged already, usually as one of the last lines.
        const logged = log.findLast((line) => isRecordOf(line, requestId));
        if (logged !== undefined) check(logged);
      });
      return waitFor(`The record of ${requestId}`, found);
    },
  };
}

/** The log lines with the record of a request. */
export function recordsOf(log: string[], requestId: string): string[] {
  return log.filter((line) => isRecordOf(line, requestId));
}

function isRecordOf(line: string, requestId: string): boolean {
  return line.startsWith("{") && line.includes(requestId) && line.includes(`"record"`);
}

export async function readAnswer(response: Response): Promise<StackAnswer> {
  const body = await waitFor("The end of the response", response.text());
  const lines = body.split("\n").filter((line) => line.startsWith("{"));
  return {
    status: response.status,
    headers: response.headers,
    body,
    lines: lines.map((line) => JSON.parse(line) as Line),
  };
}

/** The text of an answer, joined from its deltas. */
export function textOfLines(lines: Line[]): string {
  return lines.map((line) => (line.type === "contentBlockDelta" ? (line.delta.text ?? "") : "")).join("");
}
