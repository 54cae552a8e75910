// Tests that the client for WebSockets copes with messages that come in pieces, twice or out of order, belong to another answer,
// or are missing.
import { describe, expect, test } from "vitest";
import { readMessage } from "../../../lib/client/websocket/messages.ts";
import { waitFor } from "../../support/deadline.ts";
import {
  end,
  start,
  startScriptedWebSocket,
  text,
  type Answerer,
} from "../../support/servers/scripted-websocket.ts";

/** Sends an answer with `send`, and returns the text that the client has received. */
async function receive(send: (answerer: Answerer) => unknown): Promise<string> {
  const { client } = await startScriptedWebSocket((_, answerer) => send(answerer));
  const { text } = await waitFor("the answer", client.converse({ prompt: "x" }).result());
  return text;
}

describe("an answer in messages", () => {
  test("an answer in messages has its lines byte for byte, both whole lines and lines in pieces", async () => {
    const lines = [
      JSON.stringify(start),
      `{"type":"contentBlockDelta","contentBlockIndex":0,"delta":{"text":"},{[\\"\\\\ π 🦔"},"n":12345678901234567890.10,"p":"ab"}`,
      `{"type":"unknown","deep":[[{"a":"]}"}],{}],"n":1.0}`,
      JSON.stringify({ ...text("z".repeat(100)), extra: '"lines":[' }),
      JSON.stringify(end),
    ];
    const { client } = await startScriptedWebSocket(({ id }, { webSocket }) => {
      const head = (seq: number) => `{"requestId":"r","run":"a","seq":${seq},"id":${id}`;
      webSocket.send(`${head(0)},"lines":[${lines.slice(0, 3).join(",")}]}`);
      webSocket.send(`${head(1)},"piece":${JSON.stringify(lines[3]!.slice(0, 50))},"more":true}`);
      webSocket.send(`${head(2)},"piece":${JSON.stringify(lines[3]!.slice(50))}}`);
      webSocket.send(`${head(3)},"lines":[${lines[4]}]}`);
    });
    const read: string[] = [];
    for await (const line of client.converse({ prompt: "x" }).lines()) read.push(line);
    expect(read).toEqual(lines);
  });

  test("an answer in messages is complete when messages arrive twice or out of order", async () => {
    const received = await receive(({ push }) => {
      push({ seq: 1, lines: [text("one ")] });
      push({ seq: 0, lines: [start] });
      push({ seq: 0, lines: [start] });
      push({ seq: 3, lines: [text("three"), end] });
      push({ seq: 1, lines: [text("one ")] });
      push({ seq: 2, lines: [text("two ")] });
    });
    expect(received).toBe("one two three");
  });

  test("an answer in messages comes from the first run if the service answers twice", async () => {
    const received = await receive(({ push }) => {
      push({ seq: 0, lines: [start] });
      push({ run: "b", seq: 0, lines: [start] });
      push({ run: "b", seq: 1, lines: [text("second"), end] });
      push({ seq: 1, lines: [text("first"), end] });
    });
    expect(received).toBe("first");
  });

  test("an answer in messages is not disturbed by messages that belong to no question or are not answers", async () => {
    const received = await receive(({ push, webSocket }) => {
      push({ seq: 0, lines: [start] });
      for (const stray of [
        "rubbish",
        "[]",
        "7",
        '{"seq":1}',
        `{"id":99,"run":"a","seq":1,"lines":[{"type":"end"}]}`,
      ]) {
        webSocket.send(stray);
      }
      push({ seq: 0, action: "cancel", lines: [{ type: "error", error: { name: "NotSupported" } }] });
      push({ seq: 1, lines: [text("fine"), end] });
    });
    expect(received).toBe("fine");
  });

  test.each([
    [
      "a message is missing",
      ({ push }: Answerer) => push({ seq: 2, lines: [text("late"), end] }),
      /a message of the answer is missing/,
    ],
    [
      "the connection ends",
      ({ webSocket }: Answerer) => webSocket.close(1001),
      /the connection was closed \(1001\)/,
    ],
    [
      "the network breaks",
      ({ webSocket }: Answerer) => webSocket.terminate(),
      /the connection was closed \(1006\)/,
    ],
    ["nothing arrives for the time in idleTimeout", () => undefined, /silent for longer than idleTimeout/],
  ])(
    "an answer in messages fails when %s, with an error that has the part that arrived",
    async (_, then, message) => {
      const { client } = await startScriptedWebSocket(
        (_question, answerer) => {
          answerer.push({ seq: 0, lines: [start, text("so far")] });
          then(answerer);
        },
        { idleTimeout: 3000 },
      );
      const failed = waitFor("the failure", client.converse({ prompt: "x" }).result());
      await expect(failed).rejects.toMatchObject({
        name: "StreamCutError",
        message: expect.stringMatching(message),
        retryable: true,
        requestId: "r",
        partial: { content: [{ text: "so far" }] },
      });
    },
  );

  test("an answer in messages fails with the error in its last line", async () => {
    const error = { name: "StreamTruncated", message: "It broke", retryable: true, requestId: "r" };
    const received = receive(({ push }) =>
      push({ seq: 0, lines: [start, text("so far"), { type: "error", error }] }),
    );
    await expect(received).rejects.toMatchObject({
      name: "StreamFailedError",
      code: "StreamTruncated",
      partial: { content: [{ text: "so far" }] },
    });
  });
});

describe("the reply to an action", () => {
  test("the reply to an action is one message with the line that the Function URL would send", () => {
    const reply = `{"requestId":"r","run":"a","seq":0,"id":1,"action":"cancel","lines":[{"cancelled":true}]}`;
    expect(readMessage(reply)).toMatchObject({
      kind: "answer",
      id: 1,
      seq: 0,
      text: `{"cancelled":true}\n`,
      status: 200,
      isJson: true,
      isLast: true,
    });
  });
});

describe("a question", () => {
  const error = { name: "ThrottlingException", message: "Slow down", retryable: true, requestId: "r" };

  test.each([
    [{ status: 429, retryAfter: 7 }, error, { name: "RetryLaterError", status: 429, retryAfterMs: 7000 }],
    [
      { status: 400 },
      { ...error, name: "InvalidRequest", retryable: false },
      { name: "RequestError", status: 400 },
    ],
    [
      { status: 500 },
      { ...error, name: "InternalError", retryable: false },
      { name: "ServiceError", status: 500 },
    ],
    [{}, { ...error, name: "InternalError", retryable: false }, { name: "ServiceError" }],
  ])(
    "a question that is refused with %j fails with the same error as at a Function URL",
    async (members, refusal, expected) => {
      const lines = [{ type: "error", error: refusal }];
      const received = receive(({ push }) => push({ seq: 0, ...members, lines }));
      await expect(received).rejects.toMatchObject({ ...expected, code: refusal.name, requestId: "r" });
    },
  );

  test("a question is asked again if the service says that it may succeed later", async () => {
    const { client, questions, sockets } = await startScriptedWebSocket(
      (_, { push }) => {
        if (questions.length < 3) push({ seq: 0, status: 503, lines: [{ type: "error", error }] });
        else push({ seq: 0, lines: [start, text("finally"), end] });
      },
      { retry: { limit: 2, baseDelay: 10 } },
    );
    expect((await client.converse({ prompt: "x" }).result()).text).toBe("finally");
    expect(questions.map(({ prompt }) => prompt)).toEqual(["x", "x", "x"]);
    expect(new Set(questions.map(({ id }) => id)).size).toBe(3);
    expect(sockets).toHaveLength(1);
  });

  test.each([
    ["Internal server error", { name: "ServiceError", status: 502 }],
    ["Endpoint request timed out", { name: "ServiceError", status: 502 }],
    ["Too Many Requests", { name: "RetryLaterError", status: 429 }],
  ])(
    "a question that API Gateway answers with %j fails, while the answers to other questions go on",
    async (message, expected) => {
      const { client } = await startScriptedWebSocket(({ prompt }, { push, webSocket }) => {
        if (prompt === "begun") return push({ seq: 0, lines: [start] });
        webSocket.send(`{"message": "${message}", "connectionId":"c=", "requestId":"g="}`);
        webSocket.send(`{"requestId":"r","run":"a","id":1,"seq":1,"lines":[${JSON.stringify(end)}]}`);
      });
      const begun = client.converse({ prompt: "begun" });
      const events = begun[Symbol.asyncIterator]();
      await waitFor("the first event", events.next());
      await expect(client.converse({ prompt: "unlucky" }).result()).rejects.toMatchObject(expected);
      expect((await waitFor("the last event", events.next())).value).toMatchObject({ type: "end" });
    },
  );

  test("a question that is not answered fails after firstByteTimeout", async () => {
    const { client } = await startScriptedWebSocket(() => undefined, { firstByteTimeout: 300 });
    await expect(client.converse({ prompt: "x" }).result()).rejects.toMatchObject({
      name: "StreamCutError",
      message: expect.stringMatching(/silent for longer than firstByteTimeout/),
    });
  });

  test("a question with more than 32 KB is not sent", async () => {
    const { client, questions } = await startScriptedWebSocket((_, { push }) =>
      push({ seq: 0, lines: [start, end] }),
    );
    const tooLong = client.converse({ prompt: "π".repeat(16_400) });
    await expect(tooLong.result()).rejects.toMatchObject({ name: "RequestError", code: "PayloadTooLarge" });
    await client.converse({ prompt: "x".repeat(32_700) }).result();
    expect(questions).toHaveLength(1);
  });
});
