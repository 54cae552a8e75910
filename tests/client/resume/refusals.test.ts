// Answers that a client cannot resume: the client's error says why, and has the part that arrived.
import { Agent } from "undici";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Client, createClient, StreamCutError } from "../../../lib/client/index.ts";
import { createClient as createWebClient } from "../../../lib/client/web.ts";
import { connectThroughCuts, joinedLines, resumableClient } from "../../support/callers/resumable-client.ts";
import { connectClient, beginning } from "../../support/callers/connected-client.ts";
import { waitFor } from "../../support/deadline.ts";
import { sampleBytes } from "../../support/frames/sample-stream.ts";
import {
  type LineExchange,
  sendJson,
  sendStream,
  streamHeaders,
  wireError,
} from "../../support/servers/line-service.ts";
import { caller, startTestStack, type TestStack } from "../../support/servers/local-stack.ts";

const prompt = { prompt: "A story about rain" };

async function failureOf(client: Client, request: object = prompt): Promise<unknown> {
  const answer = client.converse(request as typeof prompt).result();
  return waitFor(
    "the failure",
    answer.then(() => undefined).catch((error: unknown) => error),
  );
}

/** Sends the beginning of an answer and closes the connection. */
function cut({ response }: LineExchange): void {
  response.writeHead(200, streamHeaders).write(beginning, () => response.destroy());
}

/** Connects a client to a service that cuts its first answer. `later` answers all other requests. */
async function connectCut(later: (exchange: LineExchange) => unknown, options: object = {}) {
  const answer = (exchange: LineExchange) => (exchange.index === 0 ? cut(exchange) : later(exchange));
  return connectClient(answer, { resume: true, ...options });
}

describe("an answer that cannot be resumed", () => {
  test("an answer that cannot be resumed fails with a StreamCutError whose cause is the service's error", async () => {
    const { client, service } = await connectCut(({ response }) =>
      sendJson(response, 404, wireError("AnswerNotFound", false)),
    );
    const error = await failureOf(client);
    expect(error).toBeInstanceOf(StreamCutError);
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^Cannot finish the answer: the connection was lost \(\w+\), and the answer cannot be resumed: The service rejected the request with AnswerNotFound: Because of AnswerNotFound$/,
      ) as string,
      cause: { name: "RequestError", code: "AnswerNotFound" },
      retryable: true,
      requestId: "7f3c",
      partial: { content: [{}, { text: "Grüße, " }] },
    });
    expect(service.counts.requests).toBe(2);
  });

  test("an answer that its caller may not read any more fails with a StreamCutError whose cause is the rejection", async () => {
    const { client } = await connectCut(({ response }) => sendJson(response, 403, { message: "no" }));
    expect(await failureOf(client)).toMatchObject({
      name: "StreamCutError",
      cause: { name: "AuthorizationError", status: 403 },
      partial: { content: [{}, { text: "Grüße, " }] },
    });
  });

  test("an answer fails if the last line of the resumed response says that the service cannot read the rest", async () => {
    const line = {
      type: "error",
      error: { name: "AnswerNotFound", message: "Gone", retryable: false, requestId: "9" },
    };
    const { client } = await connectCut(({ response }) =>
      sendStream(response, Buffer.from(`${JSON.stringify(line)}\n`)),
    );
    expect(await failureOf(client)).toMatchObject({
      name: "StreamCutError",
      message: expect.stringContaining(
        "the answer cannot be resumed: the service sent AnswerNotFound: Gone",
      ) as string,
      cause: { code: "AnswerNotFound", requestId: "9" },
    });
  });

  test("an answer fails when resumeTimeout has passed without a new line", async () => {
    const { client, service } = await connectCut(({ response }) => response.destroy(), {
      resumeTimeout: 200,
    });
    expect(await failureOf(client)).toMatchObject({
      name: "StreamCutError",
      message: expect.stringMatching(/, and it was not restored within 200 ms \(resumeTimeout\)/) as string,
      partial: { content: [{}, { text: "Grüße, " }] },
    });
    expect(service.counts.requests).toBeGreaterThan(1);
  });

  test("an answer that ends with the service's error fails with that error, and is not requested again", async () => {
    const line = {
      type: "error",
      error: { name: "ThrottlingException", message: "m", retryable: true, requestId: "7f3c" },
    };
    const { client, service } = await connectClient(
      ({ response }) =>
        sendStream(response, Buffer.concat([beginning, Buffer.from(`${JSON.stringify(line)}\n`)])),
      { resume: true },
    );
    expect(await failureOf(client)).toMatchObject({ name: "StreamFailedError", code: "ThrottlingException" });
    expect(service.counts.requests).toBe(1);
  });
});

describe("a client with resume", () => {
  const rest = sampleBytes.subarray(beginning.length);

  test.each<[what: string, fail: (exchange: LineExchange) => unknown]>([
    ["a gateway's 502", ({ response }) => sendJson(response, 502, {})],
    ["a gateway's 500", ({ response }) => sendJson(response, 500, {})],
    [
      "Lambda's 429",
      ({ response }) => sendJson(response, 429, {}, { "x-amzn-errortype": "TooManyRequestsException" }),
    ],
    [
      "a table that does not respond",
      ({ response }) => sendJson(response, 503, wireError("AnswerStoreUnavailable", true)),
    ],
    [
      "an invocation that cannot read the answer any further",
      ({ response }) => {
        const error = { name: "AnswerStoreUnavailable", message: "m", retryable: true, requestId: "9" };
        sendStream(response, Buffer.from(`${JSON.stringify({ type: "error", error })}\n`));
      },
    ],
    [
      "an invocation that reaches its deadline before the answer ends",
      ({ response }) => {
        const error = { name: "DeadlineExceeded", message: "m", retryable: false, requestId: "9" };
        sendStream(response, Buffer.from(`${JSON.stringify({ type: "error", error })}\n`));
      },
    ],
  ])("a client with resume asks again after %s, as often as it takes", async (_, fail) => {
    const { client, service } = await connectCut((exchange) =>
      exchange.index < 6 ? fail(exchange) : sendStream(exchange.response, rest),
    );
    const lines = await waitFor("the answer", joinedLines(client.converse(prompt).lines()));
    expect(lines).toBe(sampleBytes.toString());
    expect(service.counts.requests).toBe(7);
  });

  test("a client with resume asks again although the host name cannot be found for a while, as without a network", async () => {
    let lookups = 0;
    const dispatcher = new Agent({
      // 0 turns keep-alive off, so the host name is looked up again for each request.
      pipelining: 0,
      connect: {
        lookup(_host, _options, callback) {
          lookups++;
          if (lookups > 1 && lookups < 5) {
            const error = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
            return callback(error, "", 4);
          }
          callback(null, [{ address: "127.0.0.1", family: 4 }] as never, 4);
        },
      },
    });
    onTestFinished(() => dispatcher.close());
    const { service } = await connectCut(({ response }) => sendStream(response, rest));
    const url = service.options.url.replace("127.0.0.1", "localhost");
    const client = createClient({
      ...service.options,
      url,
      dispatcher,
      retry: { baseDelay: 1 },
      resume: true,
    });
    expect(await waitFor("the answer", joinedLines(client.converse(prompt).lines()))).toBe(
      sampleBytes.toString(),
    );
    expect(lookups).toBe(5);
  });

  test("a client with resume gives up soon if it never reached the service", async () => {
    const { client, service } = await connectClient(() => undefined, {
      resume: true,
      resumeTimeout: 100_000,
    });
    await service.close();
    expect(await failureOf(client)).toMatchObject({ name: "RetryLaterError", code: "ECONNREFUSED" });
  });

  test("a client with resume repeats only retryable error responses, as often as the option retry says", async () => {
    const throttled = await connectClient(
      ({ response }) => sendJson(response, 429, wireError("ThrottlingException", true)),
      { resume: true, retry: { limit: 3, baseDelay: 1 } },
    );
    expect(await failureOf(throttled.client)).toMatchObject({
      name: "RetryLaterError",
      code: "ThrottlingException",
    });
    expect(throttled.service.counts.requests).toBe(4);
    const wrong = await connectClient(
      ({ response }) => sendJson(response, 400, wireError("ValidationException", false)),
      {
        resume: true,
      },
    );
    expect(await failureOf(wrong.client)).toMatchObject({
      name: "RequestError",
      code: "ValidationException",
    });
    expect(wrong.service.counts.requests).toBe(1);
  });

  test("a client with resume repeats a request that got no response, and fails with the last error", async () => {
    const { client, service } = await connectClient(({ response }) => response.destroy(), {
      resume: true,
      resumeTimeout: 200,
    });
    expect(await failureOf(client)).toMatchObject({ name: "StreamCutError", partial: { content: [] } });
    expect(service.counts.requests).toBeGreaterThan(1);
  });

  test("a client with resume waits longer from attempt to attempt, even if the option retry has no delays", async () => {
    const { client, service } = await connectCut(({ response }) => response.destroy(), {
      retry: { baseDelay: 0, maxDelay: 0 },
      resumeTimeout: 1000,
    });
    expect(await failureOf(client)).toMatchObject({ name: "StreamCutError" });
    expect(service.counts.requests).toBeLessThan(40);
  });

  test("a client with resume rejects a resumeTimeout that is not a number of milliseconds", () => {
    expect(() => resumableClient("http://127.0.0.1:9000/", { resumeTimeout: 0 })).toThrow(
      "Cannot use the option resumeTimeout: it is 0; set a whole number from 1 to 2,147,483,647",
    );
  });
});

describe("a service that keeps no answers", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack();
  });
  afterAll(() => stack.close());

  test("a service that keeps no answers rejects resume and cancellation, and the error says what to do", async () => {
    const client = resumableClient(stack.url);
    const expected = {
      name: "RequestError",
      code: "InvalidRequest",
      status: 400,
      message:
        "Cannot resume or cancel the answer: the service keeps no answers; deploy it with answerRetentionMinutes, or leave resume out",
    };
    expect(await failureOf(client)).toMatchObject(expected);
    await expect(client.cancel(crypto.randomUUID())).rejects.toMatchObject(expected);
  });
});

describe("a service that keeps answers", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack({ answerStore: {} });
  });
  afterAll(() => stack.close());

  test("a service that keeps answers rejects the key of another request, a malformed key, and an unknown key with fromLine", async () => {
    const { client } = await connectThroughCuts(stack.url, []);
    const idempotencyKey = crypto.randomUUID();
    await client.converse({ ...prompt, idempotencyKey }).result();
    expect(await failureOf(client, { prompt: "Another story", idempotencyKey })).toMatchObject({
      name: "RequestError",
      code: "IdempotentParameterMismatch",
      status: 409,
    });
    expect(await failureOf(client, { ...prompt, idempotencyKey: "short" })).toMatchObject({
      name: "RequestError",
      code: "InvalidRequest",
    });
    expect(
      await failureOf(client, { ...prompt, idempotencyKey: crypto.randomUUID(), fromLine: 3 }),
    ).toMatchObject({
      name: "RequestError",
      code: "AnswerNotFound",
    });
  });

  test("a service that keeps answers sends a whole answer to the client for browsers, although the connection is cut three times", async () => {
    const { proxy } = await connectThroughCuts(stack.url, [
      { afterBytes: 0 },
      { afterBytes: 400 },
      { afterBytes: 90 },
    ]);
    const options = { url: proxy.url, region: "us-east-1", credentials: caller, retry: { baseDelay: 10 } };
    const client = createWebClient({ ...options, resume: true });
    const idempotencyKey = crypto.randomUUID();
    const lines = await joinedLines(client.converse({ ...prompt, idempotencyKey }).lines());
    expect(lines).toBe((await stack.ask({ ...prompt, idempotencyKey })).body);
  });
});
