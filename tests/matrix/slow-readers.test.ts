// Callers who do not read, or hardly: a long answer waits for them within bounds, and no environment for ever.
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bareRequest, openConnection, openSlowReader, requestIdOf } from "../support/callers/bare-caller.ts";
import { delta, ending, event } from "../../lib/local/bedrock/script.ts";
import type { ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { scaled, scaledSeconds, waitFor } from "../support/deadline.ts";
import { expectService } from "../support/rows/fault-rows.ts";
import { recordsOf, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

/**
 * More than all buffers between Bedrock and a caller hold: the kernel lets those of the three connections grow to some
 * 10 MB each, and Node cannot make them smaller. In large deltas as many bytes are a fraction of the work.
 */
const flooding: ScriptedModel = {
  description: "much, in few deltas",
  *script(request) {
    yield event("messageStart", { role: "assistant" });
    for (let count = 0; count < 1200; count++) yield delta(0, { text: piece });
    yield* ending(request, "end_turn", 1200);
  },
};
const piece = "x".repeat(32_000);
const flood = { prompt: "x", modelId: "flood" };
const bedrock = { kind: "local" as const, options: { models: { flood: flooding } } };
const stallMs = scaled(3000);
/** The function is to give a caller up, not the Function URL. */
const callerStallMs = 10 * stallMs;

let stack: TestStack;
beforeAll(async () => {
  const variables = { DELTAPIPE_CALLER_STALL_SECONDS: String(stallMs / 1000) };
  stack = await startTestStack({ bedrock, callerStallMs, variables });
});
afterAll(() => stack.close());

async function ask(socket: Socket): Promise<void> {
  const { head, body } = await bareRequest(stack.url, flood);
  socket.write(Buffer.concat([head, body]));
}

/** Takes some bytes now and then; resolves with the first and the last kilobytes of the answer. */
async function readInSips(bytes: number, restMs: number): Promise<string> {
  const socket = await openConnection(stack.url);
  await ask(socket);
  let first = "";
  let last = "";
  let sip = 0;
  socket.on("data", (data: Buffer) => {
    if (first === "") first = data.toString("latin1", 0, 1000);
    last = (last + data.toString("latin1")).slice(-1000);
    sip += data.length;
    if (last.includes(`"type":"e`)) return void socket.destroy();
    if (sip < bytes) return;
    sip = 0;
    socket.pause();
    setTimeout(() => socket.resume(), restMs);
  });
  await waitFor("The end of a slow reading", once(socket, "close"));
  return first + last;
}

async function expectRecord(received: string, outcome: string): Promise<void> {
  const id = requestIdOf(received);
  expect(await stack.record(id)).toMatchObject({ status: 200, outcome, model: "flood" });
  await waitFor("Bedrock's rest", stack.bedrock!.idle());
  await expectService(stack);
  expect(recordsOf(stack.log, id)).toHaveLength(1);
}

test.concurrent("a caller who reads slowly, but reads, for longer than the limit: 200 end", async () => {
  const startedAt = performance.now();
  const received = await readInSips(1_000_000, stallMs / 25);
  expect(performance.now() - startedAt).toBeGreaterThan(stallMs);
  expect(received).toContain(`"type":"end"`);
  await expectRecord(received, "end");
});

test.concurrent("a caller who rests for less than the limit, and reads on: 200 end", async () => {
  const received = await readInSips(10_000_000, stallMs / 4);
  expect(received).toContain(`"type":"end"`);
  await expectRecord(received, "end");
});

test.concurrent("a caller who never reads: CallerStalled, and the answer is cut", async () => {
  const socket = await openConnection(stack.url);
  let received = "";
  await ask(socket);
  const [head] = (await waitFor("The head", once(socket, "data"))) as [Buffer];
  socket.pause();
  await expectRecord(head.toString("latin1"), "CallerStalled");
  // What was underway still comes, and no last line that would make it look whole.
  socket.on("data", (data: Buffer) => (received = (received + data.toString("latin1")).slice(-1000)));
  socket.resume();
  await waitFor("The cut", once(socket, "close"));
  expect(received).not.toMatch(/"type":"(end|error)"|\r\n0\r\n\r\n$/);
});

test.concurrent(
  "a caller who reads on only when Lambda's deadline has come: DeadlineExceeded as the last line",
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
      socket.on("data", (data: Buffer) => (rest = (rest + data.toString("latin1")).slice(-1000)));
      socket.resume();
      await waitFor("The end of the connection", once(socket, "close"));
      expect(rest).toMatch(/"name":"DeadlineExceeded"[^\n]*\n/);
      await waitFor("Bedrock's rest", brief.bedrock!.idle());
      await expectService(brief);
    } finally {
      await brief.close();
    }
  },
);

test.concurrent("a caller who reads a byte at a time of a long answer: CallerStalled", async () => {
  const { socket, until } = await openSlowReader(stack.url, 2);
  await ask(socket);
  await expectRecord(await until("\r\n\r\n"), "CallerStalled");
  socket.destroy();
});
