// Tests idempotency keys on the Function URL through the whole local stack: lost connections, cancellation, Bedrock's own
// operations, and a function process that is killed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { delta, ending, event, type ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { createSignedFetch } from "../../lib/signer/index.ts";
import { converseWith, createServiceClient, streamWith } from "../support/callers/service-sdk-client.ts";
import { waitFor } from "../support/deadline.ts";
import { newKey, startKeyedStack, startReading, untilClaimed } from "../support/servers/keyed-stack.ts";
import { caller, readAnswer, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

/** Sends a word every few milliseconds. */
const steady: ScriptedModel = {
  description: "of a test",
  *script(request) {
    yield event("messageStart", { role: "assistant" });
    for (let word = 0; word < 30; word++) {
      yield delta(0, { text: `${word} of ${request.prompt}. ` });
      yield { do: "pause", milliseconds: 10 };
    }
    yield* ending(request, "end_turn", 30);
  },
};
/** Sends one word, and nothing more. */
const endless: ScriptedModel = {
  description: "of a test",
  *script() {
    yield event("messageStart", { role: "assistant" });
    yield delta(0, { text: "one" });
    yield { do: "hang" };
  },
};

const other = { accessKeyId: "other", secretAccessKey: "other" };
const models = { steady, endless };

let stack: TestStack;
beforeAll(async () => {
  stack = await startKeyedStack({ models, callers: [caller, other] });
});
afterAll(() => stack.close());

async function countCalls(run: () => Promise<void>): Promise<number> {
  const before = stack.bedrock!.statistics.requests;
  await run();
  return stack.bedrock!.statistics.requests - before;
}

describe("a caller whose connection is cut", () => {
  test.each([
    ["NDJSON", "*/*", "\n"],
    ["server-sent events", "text/event-stream", "\n\n"],
  ])(
    "a caller whose connection is cut gets the rest of the same answer as %s, and Bedrock is called once",
    async (_, accept, end) => {
      const calls = await countCalls(async () => {
        const request = { prompt: "rain", modelId: "steady", idempotencyKey: newKey() };
        const reader = await startReading(stack, request, { headers: { accept } });
        await untilClaimed(stack, request.idempotencyKey);
        const text = (await reader.read(20)).join("");
        reader.leave();
        const had = text.split(new RegExp(`(?<=${end})`)).filter((line) => line.endsWith(end));
        const rest = await stack.ask({ ...request, fromLine: had.length }, { headers: { accept } });
        const whole = await stack.ask(request, { headers: { accept } });
        expect([rest.status, whole.status]).toEqual([200, 200]);
        expect(had.join("") + rest.body).toBe(whole.body);
        expect(whole.body).toContain(`"type":"end"`);
      });
      expect(calls).toBe(1);
    },
  );

  test("the log record of the first request has token counts, and the record of a request that resumes the answer has none", async () => {
    const request = { prompt: "rain", modelId: "steady", idempotencyKey: newKey() };
    const asked = await stack.ask(request);
    const resumed = await stack.ask({ ...request, fromLine: 2 });
    const record = await stack.record(asked.headers.get("x-amzn-requestid")!);
    expect(record).toMatchObject({
      record: "request",
      outcome: "end",
      outputTokens: 30,
      recording: "complete",
    });
    const follower = await stack.record(resumed.headers.get("x-amzn-requestid")!);
    expect(follower).toMatchObject({ record: "resume", outcome: "end", status: 200, model: "steady" });
    expect(follower["bytes"]).toBe(Buffer.byteLength(resumed.body));
    expect(follower).not.toHaveProperty("outputTokens");
    expect(follower).not.toHaveProperty("recording");
  });
});

describe("a caller who cancels", () => {
  test("a caller who cancels ends the answer and the call to Bedrock, and is told that the answer was cancelled", async () => {
    const idempotencyKey = newKey();
    const reader = await startReading(stack, { prompt: "x", modelId: "endless", idempotencyKey });
    await untilClaimed(stack, idempotencyKey);
    const { aborted } = stack.bedrock!.statistics;
    const { status, headers, body } = await stack.ask({ action: "cancel", idempotencyKey });
    expect([status, headers.get("content-type"), JSON.parse(body)]).toEqual([
      200,
      "application/json",
      { cancelled: true },
    ]);
    await waitFor(
      "the end of Bedrock's call",
      stack.bedrock!.until((statistics) => statistics.aborted > aborted),
    );
    const lines = await reader.read(Infinity);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: "error", error: { name: "Cancelled" } });
    const record = await stack.record(headers.get("x-amzn-requestid")!);
    expect(record).toMatchObject({ record: "cancel", status: 200, outcome: "end" });
  });

  test("a caller who cancels an answer that has ended is told that there was nothing to cancel", async () => {
    const idempotencyKey = newKey();
    await stack.ask({ prompt: "x", modelId: "steady", idempotencyKey });
    const { status, body } = await stack.ask({ action: "cancel", idempotencyKey });
    expect([status, JSON.parse(body)]).toEqual([200, { cancelled: false }]);
  });

  test("a caller who cancels an answer that does not exist gets 404", async () => {
    const { status, lines, headers } = await stack.ask({ action: "cancel", idempotencyKey: newKey() });
    expect([status, lines[0]]).toMatchObject([404, { error: { name: "AnswerNotFound" } }]);
    expect(await stack.record(headers.get("x-amzn-requestid")!)).toMatchObject({
      record: "cancel",
      status: 404,
    });
  });
});

describe("another caller", () => {
  const signedFetch = createSignedFetch({ credentials: other, region: "us-east-1", service: "lambda" });
  const send = async (body: object) =>
    readAnswer((await signedFetch(stack.url, { method: "POST", body: JSON.stringify(body) })) as Response);

  test("another caller with the same key and the same request gets 409 and nothing of the answer", async () => {
    const request = { prompt: "x", modelId: "steady", idempotencyKey: newKey() };
    await stack.ask(request);
    for (const body of [request, { ...request, fromLine: 1 }]) {
      const { status, lines } = await send(body);
      expect([status, lines[0]]).toMatchObject([409, { error: { name: "IdempotentParameterMismatch" } }]);
    }
    const cancel = await send({ action: "cancel", idempotencyKey: request.idempotencyKey });
    expect([cancel.status, cancel.lines[0]]).toMatchObject([404, { error: { name: "AnswerNotFound" } }]);
  });
});

describe("Bedrock's own operations", () => {
  function clientWith(header: string) {
    const client = createServiceClient(stack.url);
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["idempotency-key"] = header;
        return next(args);
      },
      { step: "build" },
    );
    return client;
  }

  test("Bedrock's own operations take the key from the header idempotency-key, with or without quotes, so that a retry costs nothing", async () => {
    const key = newKey();
    const calls = await countCalls(async () => {
      const first = await streamWith(clientWith(key), "steady", "x");
      const second = await streamWith(clientWith(`"${key}"`), "steady", "x");
      expect(first.error).toBeUndefined();
      expect(first.value.length).toBeGreaterThan(30);
      expect(second.value).toEqual(first.value);
    });
    expect(calls).toBe(1);
  });

  test("a Converse request that is repeated with its key gets the same object again", async () => {
    const key = newKey();
    const calls = await countCalls(async () => {
      const { value: first } = await converseWith(clientWith(key), "steady", "x");
      const { value: second } = await converseWith(clientWith(key), "steady", "x");
      expect(first!.output).toBeDefined();
      expect({ ...second, $metadata: undefined }).toEqual({ ...first, $metadata: undefined });
    });
    expect(calls).toBe(1);
  });

  test.each([
    ["a key that is too short", "short", "visible ASCII characters"],
    ["a key of another request", "a-key-of-another-request", "belongs to another request"],
  ])(
    "Bedrock's own operations reject %s with a ValidationException, after which the SDK does not try again",
    async (_, key, message) => {
      await streamWith(clientWith("a-key-of-another-request"), "steady", "x");
      const { error, attempts } = await converseWith(clientWith(key), "steady", "x");
      expect(error).toMatchObject({ name: "ValidationException", message: expect.stringContaining(message) });
      expect(attempts).toBe(1);
    },
  );
});

describe("a request's members", () => {
  const idempotencyKey = "0123456789abcdef";

  test.each([
    [{ idempotencyKey: "short" }, `"idempotencyKey" must have 16 to 128 visible ASCII characters`],
    [{ idempotencyKey: "x".repeat(129) }, `"idempotencyKey" must have 16 to 128 visible ASCII characters`],
    [
      { idempotencyKey: "with a space in it" },
      `"idempotencyKey" must have 16 to 128 visible ASCII characters`,
    ],
    [
      { idempotencyKey: "with-ümlaut-in-it" },
      `"idempotencyKey" must have 16 to 128 visible ASCII characters`,
    ],
    [{ idempotencyKey: 1234567890123456 }, `"idempotencyKey" must have 16 to 128 visible ASCII characters`],
    [{ idempotencyKey: null }, `"idempotencyKey" must have 16 to 128 visible ASCII characters`],
    [
      { idempotencyKey: [[["x".repeat(2000)]]] },
      `"idempotencyKey" must have 16 to 128 visible ASCII characters`,
    ],
    [{ fromLine: 1 }, `"fromLine" needs "idempotencyKey"`],
    [{ action: "cancel" }, `"action" needs "idempotencyKey"`],
    [{ idempotencyKey, fromLine: -1 }, `"fromLine" must be a whole number`],
    [{ idempotencyKey, fromLine: 1.5 }, `"fromLine" must be a whole number`],
    [{ idempotencyKey, fromLine: "1" }, `"fromLine" must be a whole number`],
    [{ idempotencyKey, action: "pause" }, `"action" must be "cancel"`],
    [{ idempotencyKey, action: "cancel" }, `"action" may be sent only with "idempotencyKey"`],
    [{ idempotencyKey, unknown: 1 }, `the member "unknown" is unknown`],
  ])(
    "a wrong member of a request is rejected with an error that names the member: %j",
    async (members, message) => {
      const { status, lines } = await stack.ask({ prompt: "x", modelId: "steady", ...members });
      expect([status, lines[0]]).toMatchObject([400, { error: { name: "InvalidRequest" } }]);
      expect(JSON.stringify(lines[0])).toContain(JSON.stringify(message).slice(1, -1));
    },
  );

  test("a body that is not valid JSON is rejected even if it contains an idempotency key", async () => {
    const texts = [
      `{"prompt":"x","idempotencyKey":"${idempotencyKey}"`,
      `{"idempotencyKey":"${idempotencyKey}", oops "prompt":"x"}`,
      `{"idempotencyKey":"${idempotencyKey}" "prompt":"x"}`,
      `{"prompt":"x","idempotencyKey":"${idempotencyKey}"} oops`,
      `oops {"prompt":"x","idempotencyKey":"${idempotencyKey}"}`,
      `{"prompt":"x",,"idempotencyKey":"${idempotencyKey}"}`,
      `["prompt","idempotencyKey":"${idempotencyKey}"]`,
    ];
    for (const text of texts) {
      const { status, lines } = await stack.ask(text);
      expect([text, status, lines[0]]).toMatchObject([text, 400, { error: { name: "InvalidRequest" } }]);
    }
  });
});

describe("a function that is killed in mid-answer", () => {
  test("the answer of a killed function ends with an error line after a time without signs of life, and can be resumed", async () => {
    const own = await startKeyedStack({ models, concurrency: 2 });
    try {
      const request = { prompt: "x", modelId: "endless", idempotencyKey: newKey() };
      const reader = await startReading(own, request);
      const had = await reader.read(3);
      await untilClaimed(own, request.idempotencyKey);
      // A second reader gets the lines only when they are in the table.
      const follower = await startReading(own, request);
      await follower.read(3);
      const [producer] = own.lambda.environments().pids;
      process.kill(producer!, "SIGKILL");
      const lines = await follower.read(Infinity);
      expect(lines.slice(0, 3)).toEqual(had);
      expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: "error", error: { name: "StreamTruncated" } });
      const rest = await own.ask({ ...request, fromLine: 3 });
      expect(rest.body).toBe(lines.slice(3).join(""));
      expect(own.bedrock!.statistics.requests).toBe(1);
    } finally {
      await own.close();
    }
  });
});

describe("a table that is gone", () => {
  test("a table that is gone does not harm an answer, and a request for the rest of the answer gets 503", async () => {
    // Nothing listens on this port.
    const variables = { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" };
    const own = await startKeyedStack({ models, variables });
    try {
      const request = { prompt: "x", modelId: "steady", idempotencyKey: newKey() };
      const { lines, headers } = await own.ask(request);
      expect(lines.at(-1)?.type).toBe("end");
      expect(await own.record(headers.get("x-amzn-requestid")!)).toMatchObject({
        record: "request",
        outcome: "end",
        recording: "failed",
        recordingDetail: "ECONNREFUSED",
      });
      const rest = await own.ask({ ...request, fromLine: 1 });
      expect([rest.status, rest.lines[0]]).toMatchObject([
        503,
        { error: { name: "AnswerStoreUnavailable" } },
      ]);
    } finally {
      await own.close();
    }
  });
});

describe("a service that keeps no answers", () => {
  test("a service that keeps no answers rejects the members idempotencyKey, fromLine and action, and ignores the header idempotency-key", async () => {
    const own = await startTestStack({ bedrock: { kind: "local", options: { models } } });
    try {
      const members = [{ idempotencyKey: newKey() }, { fromLine: 0 }, { action: "cancel" }];
      for (const member of members) {
        const { status, lines } = await own.ask({ prompt: "x", ...member });
        expect([status, JSON.stringify(lines[0])]).toEqual([
          400,
          expect.stringContaining(`the member \\"${Object.keys(member)[0]}\\" is unknown`),
        ]);
      }
      const headers = { "idempotency-key": newKey() };
      const answers = await Promise.all(
        [0, 1].map(() => own.ask({ prompt: "x", modelId: "steady" }, { headers })),
      );
      expect(answers.map(({ lines }) => lines.at(-1)?.type)).toEqual(["end", "end"]);
      expect(own.bedrock!.statistics.requests).toBe(2);
    } finally {
      await own.close();
    }
  });
});

describe("the log", () => {
  test("the log contains no idempotency key, and nothing of prompts and answers", async () => {
    const request = { prompt: "a secret prompt", modelId: "steady", idempotencyKey: newKey() };
    await stack.ask(request);
    await stack.ask({ ...request, fromLine: 3 });
    await stack.ask({ ...request, prompt: "another secret" });
    const last = await stack.ask({ action: "cancel", idempotencyKey: request.idempotencyKey });
    await stack.record(last.headers.get("x-amzn-requestid")!);
    const log = stack.log.join("\n");
    for (const secret of [request.idempotencyKey, "secret", "1 of"]) expect(log).not.toContain(secret);
  });
});
