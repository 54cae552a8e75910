// Tests the service with an EventSource from npm. An EventSource repeats its request when a stream ends.
import { EventSource } from "eventsource";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { recordsOf, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

let stack: TestStack;
let callsBefore = 0;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());
beforeEach(() => {
  callsBefore = stack.bedrock!.statistics.requests;
});

const callsToBedrock = () => stack.bedrock!.statistics.requests - callsBefore;
const events = { accept: "text/event-stream" };

interface Reading {
  /** Name and data of each event, in order, including the reader's own `error`, which has no data. */
  events: [name: string, data: unknown][];
  /** The statuses of the responses that the reader got. */
  statuses: number[];
  source: EventSource;
  /** Resolves when the reader has stopped and sends no more requests. */
  closed: Promise<void>;
}

/** Reads with an EventSource that repeats its request after 20 ms, not after the time in the service's `retry` field. */
function read(body: object, names: string[]): Reading {
  const statuses: number[] = [];
  const source = new EventSource(stack.url, {
    async fetch(_, init) {
      const response = await stack.send(body, init as RequestInit);
      statuses.push(response.status);
      return { ...pick(response), body: response.body && impatient(response.body) };
    },
  });
  onTestFinished(() => source.close());
  const found: Reading["events"] = [];
  for (const name of names) {
    source.addEventListener(name, ({ data }) => void found.push([name, JSON.parse(data as string)]));
  }
  const closed = new Promise<void>((resolve) => {
    source.addEventListener("error", (event) => {
      found.push(["error", "data" in event ? event.data : undefined]);
      if (source.readyState === source.CLOSED) resolve();
    });
  });
  return { events: found, statuses, source, closed };
}

function pick({ url, status, redirected, headers }: Response) {
  return { url, status, redirected, headers };
}

function impatient(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const text = new TransformStream<string, string>({
    transform: (chunk, controller) => controller.enqueue(chunk.replace(/^retry: \d+$/m, "retry: 20")),
  });
  return body
    .pipeThrough(new TextDecoderStream() as never)
    .pipeThrough(text)
    .pipeThrough(new TextEncoderStream()) as ReadableStream<Uint8Array>;
}

describe("an EventSource that sends POST requests", () => {
  test("an EventSource that repeats its request after a complete answer gets 204 and stops, and Bedrock is called once", async () => {
    const reading = read({ prompt: "x", modelId: "local.echo" }, ["start", "end"]);
    await waitFor("The end of the EventSource", reading.closed);
    const start = expect.objectContaining({ type: "start", modelId: "local.echo" }) as unknown;
    const end = expect.objectContaining({ type: "end" }) as unknown;
    expect(reading.events).toEqual([
      ["start", start],
      ["end", end],
      ["error", undefined],
      ["error", undefined],
    ]);
    expect(reading.statuses).toEqual([200, 204]);
    expect(callsToBedrock()).toBe(1);
  });

  test("an EventSource gets the last line of a failed answer as an event called `failure`, and stops", async () => {
    const reading = read({ prompt: "x", modelId: "local.cut" }, ["failure", "end"]);
    await waitFor("The end of the EventSource", reading.closed);
    const [[name, data] = []] = reading.events;
    expect([name, data]).toMatchObject([
      "failure",
      { type: "error", error: { name: "StreamTruncated", retryable: true } },
    ]);
    expect(reading.events.slice(1)).toEqual([
      ["error", undefined],
      ["error", undefined],
    ]);
    expect(reading.statuses).toEqual([200, 204]);
    expect(callsToBedrock()).toBe(1);
  });

  test("an EventSource gets 400 for an invalid request, and does not repeat the request", async () => {
    const reading = read({ promt: "x" }, ["start"]);
    await waitFor("The end of the EventSource", reading.closed);
    expect(reading.statuses).toEqual([400]);
    expect(reading.events).toEqual([["error", undefined]]);
  });
});

describe("a request with last-event-id", () => {
  test("a request with last-event-id is logged as a repeat, which no metric counts", async () => {
    const id = "5b6d0d29-5c2c-4a0b-8f8b-7a6a0f3f4f5e";
    const { status, headers, body } = await stack.ask("", { headers: { ...events, "last-event-id": id } });
    expect([status, body, headers.get("cache-control")]).toEqual([204, "", "no-store, no-transform"]);
    const requestId = headers.get("x-amzn-requestid") ?? "";
    expect(await stack.record(requestId)).toMatchObject({ record: "repeat", status: 204, outcome: "end" });
    expect(recordsOf(stack.log, requestId)).toHaveLength(1);
    expect(callsToBedrock()).toBe(0);
  });

  test.each([
    ["asks for NDJSON", { "last-event-id": "1" }],
    ["has an empty id", { ...events, "last-event-id": "" }],
  ])("a request with last-event-id gets an answer if it %s", async (_, headers) => {
    expect(await stack.ask({ prompt: "x", modelId: "local.echo" }, { headers })).toMatchObject({
      status: 200,
    });
    expect(callsToBedrock()).toBe(1);
  });

  test.each([
    ["GET", "", 405],
    ["POST", "other", 404],
  ])("a request with last-event-id for %s /%s gets the error response %i", async (method, path, status) => {
    const { createSignedFetch } = await import("../../lib/signer/index.ts");
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const signedFetch = createSignedFetch({ credentials, region: "us-east-1", service: "lambda" });
    const response = await signedFetch(stack.url + path, {
      method,
      headers: { ...events, "last-event-id": "1" },
    });
    expect(response.status).toBe(status);
  });
});
