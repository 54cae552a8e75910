// Tests the errors at the start of the WebSocket function: each names the missing or wrong environment variable.
import { describe, expect, test } from "vitest";
import { connectToCallers } from "../../lib/push/post-to-connection.ts";
import { connectToSelf } from "../../lib/push/invoke-self.ts";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";

const base = { AWS_REGION: "eu-west-1", AWS_LAMBDA_FUNCTION_NAME: "x" };
const times = { connect: 1000 };

describe("DELTAPIPE_WEBSOCKET_ENDPOINT", () => {
  test.each([
    ["", "is not set; set it to the https URL of the WebSocket API's stage"],
    ["wss://x.example/v1", `is "wss://x.example/v1"; set it to an http or https URL`],
    ["https://user:pw@x.example/v1", "contains a user or a password; remove them"],
    ["https://x.example/v1?stage=v1", "contains a query or a fragment; remove it"],
    [
      "http://x.example/v1",
      "is an http URL of another machine, and others could read the messages; use https",
    ],
    ["http://127.0.0.1.example/v1", "is an http URL of another machine"],
  ])("DELTAPIPE_WEBSOCKET_ENDPOINT with the value %j stops the start", (value, found) => {
    const start = () => connectToCallers(times, { ...base, DELTAPIPE_WEBSOCKET_ENDPOINT: value });
    expect(start).toThrow(`Cannot start: DELTAPIPE_WEBSOCKET_ENDPOINT ${found}`);
  });

  test.each(["http://127.0.0.1:9002/v1", "http://localhost:9002/v1", "http://[::1]:9002/v1"])(
    "DELTAPIPE_WEBSOCKET_ENDPOINT may be %s, because messages do not leave this machine",
    (value) => {
      expect(connectToCallers(times, { ...base, DELTAPIPE_WEBSOCKET_ENDPOINT: value })).toBeTypeOf(
        "function",
      );
    },
  );
});

describe("the variables of Lambda", () => {
  test.each([
    ["AWS_LAMBDA_FUNCTION_NAME", ""],
    ["AWS_ENDPOINT_URL_LAMBDA", "nowhere"],
    ["AWS_REGION", "eu west 1"],
  ])("%s with the value %j stops the start", (name, value) => {
    expect(() => connectToSelf(times, { ...base, [name]: value })).toThrow(`Cannot start: ${name} is `);
  });
});

describe("DELTAPIPE_PUSH_INTERVAL_MS", () => {
  const read = (value: string) =>
    readConfiguration({ DELTAPIPE_MODELS: "a=b", DELTAPIPE_PUSH_INTERVAL_MS: value }).times.pushInterval;

  test("DELTAPIPE_PUSH_INTERVAL_MS may be 0, and is 100 by default", () => {
    expect([read("0"), read(""), read("10000")]).toEqual([0, 100, 10_000]);
  });

  test.each(["-1", "0.5", "10001", "soon"])(
    "DELTAPIPE_PUSH_INTERVAL_MS with the value %s stops the start",
    (value) => {
      expect(() => read(value)).toThrow(
        `Cannot start: DELTAPIPE_PUSH_INTERVAL_MS is "${value}"; set it to a whole number of milliseconds from 0 to 10000`,
      );
    },
  );
});
