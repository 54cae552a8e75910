// Tests messages that cannot be answered, which get one error line, and events that are not messages from the WebSocket API,
// which make the invocation fail.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  connectionId,
  messageEvent,
  startWebSocketService,
  type WebSocketService,
} from "../support/servers/websocket-service.ts";

let service: WebSocketService;
beforeAll(async () => {
  service = await startWebSocketService({ variables: { DELTAPIPE_MAX_REQUEST_BYTES: "2000" } });
});
afterEach(() => {
  service.posts.length = 0;
  service.records.length = 0;
  service.jobs.length = 0;
});
afterAll(() => service.close());

/** Sends the text as a message, and returns the only message that comes back. */
async function refused(text: string) {
  expect(await service.send(text)).toEqual({ statusCode: 200 });
  await service.until("the record", () => service.records.length > 0);
  expect(service.posts).toHaveLength(1);
  expect(service.posts[0]!.connectionId).toBe(connectionId);
  expect(service.bedrock.statistics.requests).toBe(0);
  const { message } = service.posts[0]!;
  expect(message).toMatchObject({ seq: 0, lines: [{ type: "error" }] });
  expect(message.status).toBeGreaterThanOrEqual(400);
  const { name, message: words } = (
    message.lines![0] as unknown as { error: { name: string; message: string } }
  ).error;
  expect(service.records).toEqual([
    expect.objectContaining({ record: "request", outcome: name, requestId: message.requestId, connectionId }),
  ]);
  return { ...message, name, words };
}

describe("a message that is not a valid question", () => {
  test.each([
    ["an empty text", "", /the body is empty/],
    ["a word", "hello", /the body is not valid JSON/],
    ["half an object", `{"prompt":"x"`, /the body is not valid JSON/],
    ["an array", `[{"prompt":"x"}]`, /the body is not a JSON object/],
    ["a text of 1,500 brackets", "[".repeat(1500), /nests deeper than 64 levels/],
    ["an object without a prompt", "{}", /it has nothing to answer/],
    ["an empty prompt", `{"prompt":""}`, /"prompt" must be a non-empty string/],
    ["an unknown member", `{"prompt":"x","temperature":1}`, /the member "temperature" is unknown/],
    ["an object whose id is an array", `{"prompt":"x","id":[1]}`, /"id" must be a string/],
    ["an object whose id is null", `{"prompt":"x","id":null}`, /"id" must be a string/],
    ["an object whose id has a fraction", `{"prompt":"x","id":0.5}`, /"id" must be a string/],
    [
      "an object whose id is above JavaScript's safe integers",
      `{"prompt":"x","id":9007199254740993}`,
      /"id" must be a string/,
    ],
    [
      "an object whose id is too long",
      JSON.stringify({ prompt: "x", id: "i".repeat(129) }),
      /at most 128 characters/,
    ],
    ["an unknown action", `{"prompt":"x","action":"start"}`, /"action" must be "cancel"/],
  ])("%s gets InvalidRequest and the reason", async (_, text, words) => {
    const found = await refused(text);
    expect(found.name).toBe("InvalidRequest");
    expect(found.words).toMatch(words);
    expect(found.id).toBeUndefined();
  });

  test("an invalid message gets an error with its id if the id can be read", async () => {
    expect(await refused(`{"id":"7 é","temperature":1}`)).toMatchObject({
      id: "7 é",
      name: "InvalidRequest",
    });
    service.records.length = 0;
    service.posts.length = 0;
    expect(await refused(`{"id":0,"action":"stop"}`)).toMatchObject({ id: 0, name: "InvalidRequest" });
  });

  test("a message above the limit gets PayloadTooLarge, and starts no second invocation", async () => {
    expect(await refused(JSON.stringify({ prompt: "é".repeat(1000) }))).toMatchObject({
      name: "PayloadTooLarge",
    });
    expect(service.jobs).toEqual([]);
  });

  test("a question to a model outside the list gets ModelNotAllowed", async () => {
    expect(await refused(`{"prompt":"x","modelId":"other"}`)).toMatchObject({ name: "ModelNotAllowed" });
  });
});

describe("a request to cancel", () => {
  test("without an answer store, a request to cancel is refused, and the reply says what to do instead", async () => {
    const found = await refused(`{"action":"cancel","id":"q"}`);
    expect(found).toMatchObject({ name: "NotSupported", id: "q", action: "cancel" });
    expect(found.words).toContain("close the connection");
    expect(service.jobs).toEqual([]);
  });
});

describe("the members of a question", () => {
  test("the members of a question are passed to the second invocation unchanged, without the id", async () => {
    await service.send(`{"id":1,"prompt":"x","temperature":1e400,"n":9007199254740993}`);
    expect(service.jobs.map(({ job }) => job)).toEqual([
      expect.objectContaining({ id: 1, body: `{"prompt":"x","temperature":1e400,"n":9007199254740993}` }),
    ]);
    await service.until("the record", () => service.records.length > 0);
  });
});

describe("an event from another source", () => {
  test.each([
    ["the Lambda console's test event", { key1: "value1" }],
    [
      "an event of another route",
      { ...messageEvent("{}"), requestContext: { routeKey: "$disconnect", connectionId } },
    ],
  ])("%s makes the invocation fail", async (_, event) => {
    await expect(service.invoke(event)).rejects.toThrow("Cannot answer this event");
    expect(service.posts).toEqual([]);
  });
});
