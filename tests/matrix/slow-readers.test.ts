// Tests callers who read a long answer slowly or not at all: the function waits for them, up to the caller stall timeout.
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bareRequest, openConnection, openSlowReader, requestIdOf } from "../support/callers/bare-caller.ts";
import { userSays } from "../support/callers/bedrock-client.ts";
import { delta, ending, event } from "../../lib/local/bedrock/script.ts";
import type { ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { scaled, scaledSeconds, waitFor } from "../support/deadline.ts";
import { expectService } from "../support/matrix/fault-rows.ts";
import { recordsOf, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

/**
 * An answer larger than all buffers between Bedrock and a caller: the kernel lets the buffers of the three connections
 * in between grow to about 10 MB each, and Node cannot limit them. Large deltas need less work for the same number of bytes.
 */
const flooding: ScriptedModel = {
  description: "a large answer in few deltas",
  *script(request) {
    yield event("messageStart", { role: "assistant" });
    for (let count = 0; count < 1200; count++) yield delta(0, { text: piece });
    yield* ending(request, "end_turn", 1200);
  },
};
const piece = "x".repeat(32_000);
const flood = { prompt: "x", modelId: "flood" };
const frames = { target: "/model/flood/converse-stream" };
const bedrock = { kind: "local" as const, options: { models: { flood: flooding } } };
const stallMs = scaled(3000);
/** Much longer than the function's limit, so that the function ends the answer before the Function URL does. */
const callerStallMs = 10 * stallMs;

let stack: TestStack;
beforeAll(async () => {
  const variables = { DELTAPIPE_CALLER_STALL_SECONDS: String(stallMs / 1000) };
  stack = await startTestStack({ bedrock, callerStallMs, variables });
});
afterAll(() => stack.close());

async function ask(socket: Socket, request: object = flood, options = {}): Promise<void> {
  const { head, body } = await bareRequest(stack.url, request, options);
  socket.write(Buffer.concat([head, body]));
}

/** Reads some bytes at a time with pauses; resolves with the first and the last kilobyte of the answer. */
async function readInPieces(bytes: number, pauseMs: number): Promise<string> {
  const socket = await openConnection(stack.url);
  await ask(socket);
  let first = "";
  let last = "";
  let unpaused = 0;
  socket.on("data", (data: Buffer) => {
    if (first === "") first = data.toString("latin1", 0, 1000);
    last = (last + data.toString("latin1")).slice(-1000);
    unpaused += data.length;
    if (last.includes(`"type":"e`)) return void socket.destroy();
    if (unpaused < bytes) return;
    unpaused = 0;
    socket.pause();
    setTimeout(() => socket.resume(), pauseMs);
  });
  await waitFor("The end of a slow response", once(socket, "close"));
  return first + last;
}

async function expectRecord(received: string, outcome: string): Promise<void> {
  const id = requestIdOf(received);
  expect(await stack.record(id)).toMatchObject({ status: 200, outcome, model: "flood" });
  await waitFor("The end of all calls to Bedrock", stack.bedrock!.idle());
  await expectService(stack);
  expect(recordsOf(stack.log, id)).toHaveLength(1);
}

test.concurrent(
  "a caller who reads slowly gets the complete answer, even if it takes longer than the stall timeout",
  async () => {
    const startedAt = performance.now();
    const received = await readInPieces(1_000_000, stallMs / 25);
    expect(performance.now() - startedAt).toBeGreaterThan(stallMs);
    expect(received).toContain(`"type":"end"`);
    await expectRecord(received, "end");
  },
);

test.concurrent("a caller who pauses for less than the stall timeout gets the complete answer", async () => {
  const received = await readInPieces(10_000_000, stallMs / 4);
  expect(received).toContain(`"type":"end"`);
  await expectRecord(received, "end");
});

test.concurrent.each([
  ["lines", flood, {}],
  ["Bedrock's own stream", userSays("x"), frames],
])(
  "the answer to a caller who never reads %s ends with CallerStalled, and the response is cut",
  async (_, request, options) => {
    const socket = await openConnection(stack.url);
    let received = "";
    await ask(socket, request, options);
    const [head] = (await waitFor("The head", once(socket, "data"))) as [Buffer];
    socket.pause();
    await expectRecord(head.toString("latin1"), "CallerStalled");
    // Buffered bytes still arrive, but no last line that would make the answer look complete.
    socket.on("data", (data: Buffer) => (received = (received + data.toString("latin1")).slice(-1000)));
    socket.resume();
    await waitFor("The cut", once(socket, "close"));
    expect(received).not.toMatch(/"type":"(end|error)"|messageStop|exception|\r\n0\r\n\r\n$/);
  },
);

test.concurrent(
  "a caller who continues to read only after Lambda's deadline gets DeadlineExceeded as the last line",
  async () => {
    const brief = await startTestStack({
      bedrock,
      callerStallMs,
      service: { timeoutSeconds: scaledSeconds(30) },
      variables: { DELTAPIPE_DEADLINE_MARGIN_SECONDS: String(scaledSeconds(30) - scaledSeconds(3)) },
    });
    try {
      const { head, body } = await bareRequest(brief.url, flood);
      const socket = await openConnection(brief.url);
      socket.write(Buffer.concat([head, body]));
      const [first] = (await waitFor("The head", once(socket, "data"))) as [Buffer];
      socket.pause();
      const record = await brief.record(requestIdOf(first.toString("latin1")));
      expect(record).toMatchObject({ status: 200, outcome: "DeadlineExceeded" });
      let rest = "";
      socket.on("data", (data: Buffer) => {
        rest = (rest + data.toString("latin1")).slice(-1000);
        if (rest.endsWith("\r\n0\r\n\r\n")) socket.destroy();
      });
      socket.resume();
      await waitFor("The end of the response", once(socket, "close"));
      expect(rest).toMatch(/"name":"DeadlineExceeded"[^\n]*\n/);
      await waitFor("The end of all calls to Bedrock", brief.bedrock!.idle());
      await expectService(brief);
    } finally {
      await brief.close();
    }
  },
);

test.concurrent(
  "a caller who reads a long answer byte by byte ends the stream with CallerStalled",
  async () => {
    const { socket, until } = await openSlowReader(stack.url, 2);
    await ask(socket);
    await expectRecord(await until("\r\n\r\n"), "CallerStalled");
    socket.destroy();
  },
);
