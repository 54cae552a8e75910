// Tests failures of posts, of Lambda and of Bedrock during an answer: the caller gets the right messages, there is exactly one
// log record, and the call to Bedrock ends.
import type { ServerResponse } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test } from "vitest";
import { delta, event, type Step } from "../../lib/local/bedrock/script.ts";
import type { ErrorName } from "../../lib/stream/converse-error.ts";
import { generousSeconds, scaled } from "../support/deadline.ts";
import { expectedErrors } from "../support/expected-errors.ts";
import { begun } from "../support/frames/begun-answer.ts";
import { secondsOf, type PushServiceOptions } from "../support/servers/push-service.ts";
import { startWebSocketService, type WebSocketService } from "../support/servers/websocket-service.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

let service: WebSocketService;
afterEach(() => service.close());

/** Begins an answer and sends nothing more. */
const silent = [...begun, { do: "hang" } as const];
const long: Step[] = Array.from({ length: 20 }, (_, index) => [
  delta(0, { text: `${index} ` }),
  { do: "pause", milliseconds: 5 } as const,
]).flat();
const complete: Step[] = [
  event("messageStart", { role: "assistant" }),
  ...long,
  event("messageStop", { stopReason: "end_turn" }),
  event("metadata", { usage: { inputTokens: 1, outputTokens: 20, totalTokens: 21 } }),
];

const modelOf = (steps: Step[]) => ({ description: "of a test", script: () => steps });

async function start(options: PushServiceOptions = {}): Promise<WebSocketService> {
  const models = { "test.silent": modelOf(silent), "test.complete": modelOf(complete) };
  const names = [
    "test.complete",
    "test.silent",
    "local.throttled",
    "local.mid-internal",
    "local.cut",
    "local.flood",
  ];
  service = await startWebSocketService({
    ...options,
    bedrock: { models, ...options.bedrock },
    variables: {
      DELTAPIPE_MODELS: names.map((name) => `${name}=${name}`).join(","),
      DELTAPIPE_CALLER_STALL_SECONDS: String(generousSeconds),
      ...options.variables,
    },
  });
  return service;
}

/** Sends a question, and waits for its log record and the end of the call to Bedrock. Checks that there is only one record. */
async function ask(question: object = {}): Promise<{ outcome: string; detail?: string | undefined }> {
  await service.send(JSON.stringify({ prompt: "x", ...question }));
  await service.until("the record", () => service.records.length > 0);
  await service.bedrock.idle();
  expect(service.records).toHaveLength(1);
  expect(service.faults).toEqual([]);
  return service.records[0]!;
}

/** A short caller stall timeout, and pings that come so quickly that there is a second message before the timeout. */
const shortStall = {
  variables: { DELTAPIPE_CALLER_STALL_SECONDS: secondsOf(300), DELTAPIPE_PING_SECONDS: "0.01" },
};

function expectComplete(): void {
  const seqs = service.posts.map(({ message }) => message.seq);
  expect(seqs).toEqual(seqs.map((_, index) => index));
  const texts = service.lines().map((line) => (line["delta"] as { text?: string } | undefined)?.text ?? "");
  expect(texts.join("")).toBe(Array.from({ length: 20 }, (_, index) => `${index} `).join(""));
  expect(service.lines().at(-1)).toMatchObject({ type: "end" });
}

describe("a post that gets 429", () => {
  test("a post that gets 429 three times is sent again until it is taken, and nothing is lost", async () => {
    await start();
    service.onPost((response, count) => count <= 3 && Boolean(response.writeHead(429).end()));
    expect(await ask()).toMatchObject({ outcome: "end" });
    expect(service.attempts()).toBe(service.posts.length + 3);
    expectComplete();
  });

  test("a post that always gets 429 ends the answer with CallerStalled, and ends the call to Bedrock", async () => {
    await start(shortStall);
    service.onPost((response, count) => count > 1 && Boolean(response.writeHead(429).end()));
    const startedAt = performance.now();
    const { outcome, detail } = await ask({ modelId: "test.silent" });
    expect([outcome, detail]).toEqual(["CallerStalled", undefined]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(scaled(300));
    expect(service.bedrock.statistics).toMatchObject({ completed: 0, aborted: 1 });
    expect(service.posts).toHaveLength(1);
  });

  test("a post that always gets 429 pauses a fast model's stream, and then ends the call to Bedrock", async () => {
    await start(shortStall);
    service.onPost((response) => Boolean(response.writeHead(429).end()));
    const { outcome } = await ask({ modelId: "local.flood", prompt: "1000000" });
    expect(outcome).toBe("CallerStalled");
    expect(service.bedrock.statistics).toMatchObject({ completed: 0, aborted: 1 });
    // The bytes sent so far are in two messages, in one chunk of Bedrock's stream, and in the buffers of two sockets.
    expect(service.bedrock.statistics.bytes).toBeLessThan(20_000_000);
    expect(service.posts).toEqual([]);
  });
});

describe("a caller who has left", () => {
  test.each([1, 2, 5])(
    "a caller who has left before message %i gets no further post, and the call to Bedrock ends",
    async (moment) => {
      await start({ variables: { DELTAPIPE_PING_SECONDS: "0.01" } });
      service.onPost((response, count) => count >= moment && Boolean(response.writeHead(410).end()));
      expect(await ask({ modelId: "test.silent" })).toMatchObject({ outcome: "CallerGone", status: 200 });
      expect(service.bedrock.statistics).toMatchObject({ completed: 0, aborted: 1 });
      expect(service.attempts()).toBe(moment);
    },
  );

  test("a caller who has left before the last message is logged as CallerGone, although Bedrock's answer was complete", async () => {
    await start();
    service.onPost(
      (response, _, { text }) => text.includes(`"type":"end"`) && Boolean(response.writeHead(410).end()),
    );
    expect(await ask()).toMatchObject({ outcome: "CallerGone", stopReason: "end_turn", outputTokens: 20 });
    expect(service.bedrock.statistics).toMatchObject({ completed: 1, aborted: 0 });
  });
});

describe("a post that is refused", () => {
  test.each([
    [413, "PayloadTooLargeException"],
    [403, "ForbiddenException"],
    [400, "BadRequestException"],
  ])(
    "a post that is refused with %i is replaced by the error DeliveryFailed, and the call to Bedrock ends",
    async (status, name) => {
      // The second message is a ping.
      await start({ variables: { DELTAPIPE_PING_SECONDS: "0.01" } });
      service.onPost((response, count) => {
        if (count !== 2) return false;
        response.writeHead(status, { "x-amzn-errortype": name }).end();
        return true;
      });
      expect(await ask({ modelId: "test.silent" })).toMatchObject({
        outcome: "DeliveryFailed",
        detail: `${name} (HTTP ${status})`,
      });
      expect(service.posts.map(({ message }) => message.seq)).toEqual([0, 1]);
      expect(service.lines().at(-1)).toMatchObject({ type: "error", error: { name: "DeliveryFailed" } });
      expect(service.bedrock.statistics).toMatchObject({ aborted: 1 });
    },
  );

  test("a post that is refused because of the function's wrong clock is signed again with the right time", async () => {
    await start();
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    service.onPost((response, count) => {
      if (count !== 1) return false;
      response.writeHead(403, { "x-amzn-errortype": "InvalidSignatureException", date }).end();
      return true;
    });
    expect(await ask()).toMatchObject({ outcome: "end" });
    expectComplete();
  });
});

describe("a post that fails", () => {
  test("a post that gets 500 three times is sent again until it is taken", async () => {
    await start();
    service.onPost((response, count) => count <= 3 && Boolean(response.writeHead(500).end()));
    expect(await ask()).toMatchObject({ outcome: "end" });
    expectComplete();
  });

  test("a post that always gets 500 ends the answer with DeliveryFailed, and ends the call to Bedrock", async () => {
    await start(shortStall);
    service.onPost((response) => Boolean(response.writeHead(500).end()));
    expect(await ask({ modelId: "test.silent" })).toMatchObject({
      outcome: "DeliveryFailed",
      detail: "Unknown (HTTP 500)",
    });
    expect(service.bedrock.statistics).toMatchObject({ aborted: 1 });
    expect(service.posts).toEqual([]);
  });

  test("a post that always gets 500 ends a fast model's answer with DeliveryFailed, not with CallerStalled", async () => {
    await start(shortStall);
    service.onPost((response) => Boolean(response.writeHead(500).end()));
    const { outcome } = await ask({ modelId: "local.flood", prompt: "1000000" });
    expect(outcome).toBe("DeliveryFailed");
    expect(service.bedrock.statistics).toMatchObject({ completed: 0, aborted: 1 });
  });

  test("a post whose connection is reset is sent again", async () => {
    await start();
    service.onPost((response, count) => count % 2 === 1 && Boolean(response.destroy()));
    expect(await ask()).toMatchObject({ outcome: "end" });
    expectComplete();
  });

  test("a post whose response is lost is sent again with the same number, and the next messages follow", async () => {
    await start();
    service.onPost((response, count, posted) => {
      if (count !== 2) return false;
      service.posts.push(posted);
      response.destroy();
      return true;
    });
    expect(await ask()).toMatchObject({ outcome: "end" });
    const [, taken, repeated] = service.posts;
    expect(repeated?.text).toBe(taken?.text);
    service.posts.splice(2, 1);
    expectComplete();
  });

  test("a post that gets no response is sent again", async () => {
    await start();
    service.onPost((_, count) => {
      if (count !== 1) return false;
      // Node 20 may collect the signal of `AbortSignal.any` as garbage while a request still listens to it. The request would
      // then never be aborted.
      for (let round = 0; round < 3; round++) setTimeout(collectGarbage, round * 500);
      return true;
    });
    expect(await ask()).toMatchObject({ outcome: "end" });
    expectComplete();
  });
});

describe("an event that Lambda delivers twice", () => {
  test("an event that Lambda delivers twice gets two answers with the same request id, each with its own run", async () => {
    await start();
    const job = { job: { connectionId: "c1=", id: 1, body: `{"prompt":"x"}` } };
    await Promise.all([service.invoke(job, "same"), service.invoke(job, "same")]);
    const runs = new Set(service.posts.map(({ message }) => message.run));
    expect(runs.size).toBe(2);
    for (const run of runs) {
      const own = service.posts.filter(({ message }) => message.run === run);
      expect(own.every(({ message }) => message.requestId === "same")).toBe(true);
      expect(own.map(({ message }) => message.seq)).toEqual(own.map((_, index) => index));
    }
    expect(service.records).toHaveLength(2);
  });
});

describe("the function's deadline", () => {
  test("the function's deadline ends the answer with DeadlineExceeded as its last line", async () => {
    await start({
      timeoutMs: scaled(1000),
      variables: { DELTAPIPE_DEADLINE_MARGIN_SECONDS: secondsOf(500) },
    });
    expect(await ask({ modelId: "test.silent" })).toMatchObject({ outcome: "DeadlineExceeded" });
    expect(service.lines().at(-1)).toMatchObject({ type: "error", error: { name: "DeadlineExceeded" } });
    expect(service.bedrock.statistics).toMatchObject({ aborted: 1 });
  });

  test("the function's deadline leaves time to write the log record, even if every post gets 429", async () => {
    const timeoutMs = scaled(1000);
    await start({ timeoutMs, variables: { DELTAPIPE_DEADLINE_MARGIN_SECONDS: secondsOf(500) } });
    service.onPost((response) => Boolean(response.writeHead(429).end()));
    const startedAt = performance.now();
    expect(await ask({ modelId: "test.silent" })).toMatchObject({ outcome: "DeadlineExceeded" });
    expect(performance.now() - startedAt).toBeLessThan(timeoutMs);
    expect(service.posts).toEqual([]);
  });
});

describe("a failure of Bedrock", () => {
  test("a failure of Bedrock before the first line is the only line of the only message", async () => {
    await start();
    expect(await ask({ modelId: "local.throttled", id: 7 })).toMatchObject({
      outcome: "ThrottlingException",
      status: 429,
    });
    expect(service.posts.map(({ message }) => message)).toEqual([
      {
        requestId: expect.any(String),
        run: expect.any(String),
        seq: 0,
        id: 7,
        status: 429,
        retryAfter: 5,
        lines: [
          { type: "error", error: expect.objectContaining({ name: "ThrottlingException", retryable: true }) },
        ],
      },
    ]);
  });

  test.each([
    ["local.mid-internal", "InternalServerException"],
    ["local.cut", "StreamTruncated"],
  ])("a failure of Bedrock in mid-stream, as with the model %s, is the last line", async (modelId, name) => {
    await start();
    expect(await ask({ modelId })).toMatchObject({ outcome: name, status: 200 });
    for (const { message } of service.posts) expect(message).not.toHaveProperty("status");
    expect(service.lines()[0]).toMatchObject({ type: "start" });
    expect(service.lines().at(-1)).toMatchObject({ type: "error", error: { name } });
    expect(service.lines().filter(({ type }) => type === "error")).toHaveLength(1);
  });
});

describe("Lambda's Invoke API", () => {
  const refused = [
    ["429 three times", (response) => Boolean(response.writeHead(429).end()), 3, "ThrottlingException"],
    [
      "500 three times",
      (response) => Boolean(response.writeHead(500).end()),
      3,
      "ServiceUnavailableException",
    ],
    ["a denied permission", (response) => Boolean(response.writeHead(403).end()), 1, "InternalError"],
    // The question is not sent again, because Lambda may have it already.
    ["a connection reset", (response) => Boolean(response.destroy()), 1, "ServiceUnavailableException"],
  ] satisfies [string, (response: ServerResponse) => boolean, number, ErrorName][];

  test.each(refused)(
    "a call of Lambda's Invoke API that fails with %s leads to a single message with an error line",
    async (_, answer, attempts, name) => {
      await start();
      let invocations = 0;
      service.onInvoke((response, count) => {
        invocations = count;
        return answer(response);
      });
      expect(await ask({ id: "q" })).toMatchObject({ outcome: name });
      expect(invocations).toBe(attempts);
      expect(service.posts).toHaveLength(1);
      expect(service.posts[0]!.message).toMatchObject({
        id: "q",
        status: expectedErrors[name].status,
        lines: [{ type: "error", error: { name } }],
      });
      expect(service.bedrock.statistics.requests).toBe(0);
    },
  );

  test("Lambda's Invoke API gets the question again after it has answered 429", async () => {
    await start();
    service.onInvoke((response, count) => count === 1 && Boolean(response.writeHead(429).end()));
    expect(await ask()).toMatchObject({ outcome: "end" });
    expectComplete();
  });
});
