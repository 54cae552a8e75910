// Tests the metric filters with log lines that the handler wrote through AWS's runtime client for Lambda.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { converseWith, createServiceClient, streamWith } from "../support/callers/service-sdk-client.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { filtersOf, metricsFrom, type Filter } from "../support/deployment/apply-metric-filters.ts";
import { withAppSync, withWebSocket } from "../support/deployment/packagings.ts";
import { packagedTemplate } from "../support/deployment/template.ts";
import { expectedErrors } from "../support/expected-errors.ts";

/** The filters of the function behind the Function URL. Its service keeps answers. */
let filters: Filter[];
/** The filters of the same service's functions that send answers in messages (WebSocket API and AppSync). */
let messageFilters: Filter[][];
/** The filters of a service that keeps no answers: of the function behind the Function URL, and of the WebSocket function. */
let plainFilters: [Filter[], Filter[]];
let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
  const template = await packagedTemplate(withAppSync);
  filters = filtersOf(template);
  messageFilters = [filtersOf(template, "WebSocketLogGroup"), filtersOf(template, "AppSyncLogGroup")];
  const plain = await packagedTemplate(withWebSocket);
  plainFilters = [filtersOf(plain), filtersOf(plain, "WebSocketLogGroup")];
});
afterAll(() => stack.close());

/** Errors that callers cause, and that occur only if the service keeps answers. */
const ofAnswerStore = ["Cancelled", "AnswerNotFound", "IdempotentParameterMismatch"];

function metricsOf(line: string): Record<string, number> {
  return metricsFrom(filters, line);
}

/** Sends a request, and resolves with the log line of its record. */
async function lineOf(body: unknown): Promise<string> {
  const { lines, headers } = await stack.ask(body);
  const [first] = lines;
  const requestId = first?.type === "start" ? first.requestId : (headers.get("x-amzn-requestid") ?? "");
  await stack.record(requestId);
  const line = stack.log.find((text) => text.includes(requestId) && text.includes(`"record"`));
  if (line === undefined)
    throw new Error(
      `Cannot find the record of ${requestId}: no log line contains it; read the function's log`,
    );
  return line;
}

/** Resolves with the log line of the test's only request for a model. */
async function lineFor(model: string): Promise<string> {
  const key = `"model":"${model}"`;
  await stack.record(key);
  return stack.log.find((line) => line.includes(key))!;
}

describe("metrics from a written log line", () => {
  test("a complete answer adds to its model's counts, times and tokens, and to no error metric", async () => {
    const line = await lineOf({ prompt: "a story", modelId: "local.story" });
    const { message } = JSON.parse(line) as { message: Record<string, number> };
    expect(message["outputTokens"]).toBeGreaterThan(0);
    expect(metricsOf(line)).toEqual({
      Requests: 1,
      "Requests Operation=Lines": 1,
      "Requests Model=local.story": 1,
      FirstDelta: message["firstDeltaMs"],
      "FirstDelta Model=local.story": message["firstDeltaMs"],
      "Total Model=local.story": message["totalMs"],
      "InputTokens Model=local.story": message["inputTokens"],
      OutputTokens: message["outputTokens"],
      "OutputTokens Model=local.story": message["outputTokens"],
    });
  });

  test.each([
    ["ConverseStream", streamWith, "local.thinking", "local.half-frame"],
    ["Converse", converseWith, "local.tool", "local.bad-checksum"],
  ])(
    "an answer of %s is counted like an answer of the operation Lines, whether it is complete or fails",
    async (operation, call, whole, part) => {
      const client = createServiceClient(stack.url, { maxAttempts: 1 });
      onTestFinished(() => client.destroy());
      await call(client, whole);
      expect(Object.keys(metricsOf(await lineFor(whole))).toSorted()).toEqual([
        "FirstDelta",
        `FirstDelta Model=${whole}`,
        `InputTokens Model=${whole}`,
        "OutputTokens",
        `OutputTokens Model=${whole}`,
        "Requests",
        `Requests Model=${whole}`,
        `Requests Operation=${operation}`,
        `Total Model=${whole}`,
      ]);
      await call(client, part);
      expect(metricsOf(await lineFor(part))).toMatchObject({
        Failures: 1,
        [`Requests Operation=${operation}`]: 1,
      });
    },
  );

  test("a truncated stream is counted as a failure, and by its error and model", async () => {
    expect(metricsOf(await lineOf({ prompt: "x", modelId: "local.cut" }))).toMatchObject({
      Requests: 1,
      Failures: 1,
      "Errors Error=StreamTruncated Model=local.cut": 1,
    });
  });

  test("throttling by Bedrock is counted as a throttled request and not as a failure", async () => {
    const metrics = metricsOf(await lineOf({ prompt: "x", modelId: "local.throttled" }));
    expect(metrics).toMatchObject({
      Requests: 1,
      Throttles: 1,
      "Errors Error=ThrottlingException Model=local.throttled": 1,
    });
    expect(metrics).not.toHaveProperty("Failures");
    expect(metrics).not.toHaveProperty("FirstDelta");
  });

  test("an invalid request is counted by the name of its error, but neither as a failure nor for a model", async () => {
    expect(metricsOf(await lineOf({ promt: "x" }))).toEqual({
      Requests: 1,
      "Requests Operation=Lines": 1,
      "Errors Error=InvalidRequest": 1,
    });
  });

  test("log lines of other kinds change no metric", async () => {
    await lineOf("not json");
    const others = stack.log.filter((line) => !line.includes(`"record":"request"`));
    const platform = `{"time":"2026-01-01T00:00:00.000Z","type":"platform.report","record":{"requestId":"request"}}`;
    const encodedTwice = JSON.stringify({ level: "INFO", message: JSON.stringify({ record: "request" }) });
    const uncounted = ["models", "repeat", "connection", "resume", "cancel"].map((record) =>
      JSON.stringify({ level: "INFO", message: { record, status: 200, outcome: "end", totalMs: 1 } }),
    );
    for (const line of [
      ...others,
      ...uncounted,
      platform,
      encodedTwice,
      "Task timed out after 900 seconds",
    ]) {
      for (const each of [filters, ...messageFilters]) expect(metricsFrom(each, line)).toEqual({});
    }
  });

  test("an answer that could not be kept, and a reader who could not reach the table, count as answer store failures", () => {
    const line = (message: object) => JSON.stringify({ level: "INFO", message: { status: 200, ...message } });
    const unrecorded = line({ record: "request", outcome: "end", recording: "failed" });
    const unread = ["resume", "cancel"].map((record) => line({ record, outcome: "AnswerStoreUnavailable" }));
    for (const each of [filters, ...messageFilters]) {
      expect(metricsFrom(each, unrecorded)).toEqual({ Requests: 1, AnswerStoreFailures: 1 });
      for (const one of unread) expect(metricsFrom(each, one)).toEqual({ AnswerStoreFailures: 1 });
    }
    for (const each of plainFilters) expect(metricsFrom(each, unrecorded)).toEqual({ Requests: 1 });
  });

  test.each(ofAnswerStore)("a request that ends with %s is not counted as a failure", (outcome) => {
    const line = JSON.stringify({ level: "INFO", message: { record: "request", outcome, status: 200 } });
    for (const each of [filters, ...messageFilters]) {
      expect(metricsFrom(each, line)).toEqual({ Requests: 1, [`Errors Error=${outcome}`]: 1 });
    }
  });
});

describe("metrics of each error", () => {
  const metricOf = { caller: {}, limit: { Throttles: 1 }, service: { Failures: 1 } };

  /** Errors that occur only if an answer is sent in messages, as on WebSocket connections. */
  const ofMessages = ["CallerGone", "DeliveryFailed", "NotSupported"];

  test.each(Object.entries(expectedErrors))(
    "%s is counted by its name and by the side that is at fault",
    (name, { fault }) => {
      const event = { level: "INFO", message: { record: "request", outcome: name, status: 200, totalMs: 1 } };
      const expected = { Requests: 1, [`Errors Error=${name}`]: 1, ...metricOf[fault] };
      // A service that keeps answers also counts this error in the metric of the AnswerStoreAlarm.
      const ofStore = name === "AnswerStoreUnavailable" && { AnswerStoreFailures: 1 };
      const line = JSON.stringify(event);
      for (const each of messageFilters) expect(metricsFrom(each, line)).toEqual({ ...expected, ...ofStore });
      if (!ofMessages.includes(name)) expect(metricsOf(line)).toEqual({ ...expected, ...ofStore });
      if (ofAnswerStore.includes(name)) return;
      const [ofUrl, ofWebSocket] = plainFilters;
      expect(metricsFrom(ofWebSocket, line)).toEqual(expected);
      if (!ofMessages.includes(name)) expect(metricsFrom(ofUrl, line)).toEqual(expected);
    },
  );
});

describe("CloudWatch's rules for filters", () => {
  const allFilters = () => [filters, ...messageFilters, ...plainFilters].flat();

  test("the pattern of a filter contains each field that the filter uses as a value or a dimension", () => {
    for (const { pattern, transformation } of allFilters()) {
      const { MetricValue, Dimensions = [] } = transformation;
      const fields = [MetricValue, ...Dimensions.map(({ Value }) => Value)].filter((text) =>
        text.startsWith("$"),
      );
      for (const field of fields) expect(pattern).toContain(`${field} `);
    }
  });

  test("a filter's pattern has at most 1024 characters, and its metric has a default value or up to three dimensions", () => {
    for (const { pattern, transformation } of allFilters()) {
      const { Dimensions = [], DefaultValue } = transformation;
      expect(pattern.length).toBeLessThanOrEqual(1024);
      expect(Dimensions.length).toBeLessThanOrEqual(3);
      if (Dimensions.length > 0) expect(DefaultValue).toBeUndefined();
    }
  });
});
