// Compares requests to Bedrock with those of AWS's own SDK, and verifies them with AWS's own signer.
import { describe, expect, onTestFinished, test } from "vitest";
import { connectBedrock } from "../../../lib/stream/bedrock/call-bedrock.ts";
import {
  bedrockCredentials,
  bedrockRegion,
  callOutcome,
  startCallers,
} from "../../support/callers/bedrock-callers.ts";
import { findFault } from "../../support/requests/wire-verifier.ts";

const sameHeaders = [
  "content-type",
  "content-length",
  "x-amz-content-sha256",
  "x-amz-security-token",
  "x-amzn-trace-id",
];

describe("requests", () => {
  test.each([
    ["a plain model id", "amazon.nova-lite-v1:0", `{"messages":[]}`],
    [
      "an ARN as the model id",
      "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x",
      `{"messages":[{}]}`,
    ],
    ["all characters with a meaning in URLs in the model id", "a b!'()*~-_.:/?#[]@$&+,;=%", "{}"],
    ["non-ASCII text in the model id and the body", "modèle 模型 🦊", `{"messages":["é模🦊\u2028"]}`],
    ["a model id of two dots", "..", `{"messages":[]}`],
    [
      "unknown members in the body",
      "x",
      `{ "messages": [], "new": {"id": 12345678901234567890, "n": 1.0}, "new": null }`,
    ],
  ])("a request with %s equals the SDK's, and its signature is valid", async (_, model, body) => {
    const callers = await startCallers();
    for (const caller of Object.values(callers)) {
      expect(await callOutcome(caller, model, body)).toBe("a stream");
      expect(caller.seen.length).toBe(1);
    }
    const expected = callers.theirs.seen[0]!;
    for (const caller of [callers.ours, callers.oursWithSdk]) {
      const sent = caller.seen[0]!;
      expect(sent.body.toString()).toBe(body);
      expect(sent.request.method).toBe(expected.request.method);
      expect(sent.request.url).toBe(expected.request.url);
      for (const name of sameHeaders) {
        expect(sent.request.headers[name], name).toBeDefined();
        expect(sent.request.headers[name], name).toBe(expected.request.headers[name]);
      }
      const scope = { credentials: bedrockCredentials, service: "bedrock", region: bedrockRegion };
      expect(await findFault(sent.request, sent.body, scope)).toBeUndefined();
    }
  });

  test("a request is not sent without credentials, and the log names the variables for them", async () => {
    const { ours, theirs } = await startCallers();
    const call = connectBedrock({ connect: 3000 }, { ...process.env, AWS_SECRET_ACCESS_KEY: "" });
    expect(await callOutcome({ call })).toEqual({
      name: "UpstreamAccessDenied",
      status: 502,
      message: "The service may not call this model, or its credentials have expired",
      retryable: false,
      detail: "CredentialsProviderError: AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set",
    });
    expect([...ours.seen, ...theirs.seen]).toEqual([]);
  });

  test("a request leaves out a trace id that a header cannot hold", async () => {
    const trace = process.env["_X_AMZN_TRACE_ID"];
    process.env["_X_AMZN_TRACE_ID"] = "Root=1\nx: y";
    onTestFinished(() => void (process.env["_X_AMZN_TRACE_ID"] = trace));
    const { ours, oursWithSdk } = await startCallers();
    for (const caller of [ours, oursWithSdk]) {
      expect(await callOutcome(caller)).toBe("a stream");
      expect(caller.seen[0]?.request.headers).not.toHaveProperty("x-amzn-trace-id");
    }
  });

  test("a request is sent with a Bedrock API key if there is one, as with the SDK", async () => {
    process.env["AWS_BEARER_TOKEN_BEDROCK"] = "key";
    onTestFinished(() => void delete process.env["AWS_BEARER_TOKEN_BEDROCK"]);
    for (const caller of Object.values(await startCallers())) {
      expect(await callOutcome(caller)).toBe("a stream");
      expect(caller.seen[0]?.request.headers.authorization).toBe("Bearer key");
      expect(caller.seen[0]?.request.headers["x-amz-date"]).toBeUndefined();
    }
  });
});

describe("secrets", () => {
  test.each(["AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])(
    "a secret in %s that a header cannot hold prevents the start, and the error does not show it",
    (name) => {
      for (const value of ["hunter2\n", "hun\r\nter2", "hunter2 ", "hunter2\u0000", "hünter2", "\thunter2"]) {
        const start = () => connectBedrock({ connect: 3000 }, { ...process.env, [name]: value });
        expect(start).toThrow(`Cannot start: ${name} contains white space`);
        expect(start).not.toThrow(/h[uü]n/);
      }
    },
  );
});
