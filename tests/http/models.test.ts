// Tests `GET /models`, which returns the list of models that a service serves.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSignedFetch } from "../../lib/signer/index.ts";
import { sendUnsigned } from "../support/callers/unsigned-request.ts";
import { waitFor } from "../support/deadline.ts";
import { caller, recordsOf, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123";
const signedFetch = createSignedFetch({ credentials: caller, region: "us-east-1", service: "lambda" });

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    variables: { DELTAPIPE_MODELS: `fast=us.vendor.fast-v1:0, own=${arn};model=vendor.large-v1:0` },
  });
});
afterAll(() => stack.close());

function send(path: string, method = "GET", headers: Record<string, string> = {}): Promise<Response> {
  return waitFor(
    `The response to ${method} ${path}`,
    signedFetch(new URL(path, stack.url), { method, headers }),
  );
}

describe("the list of models", () => {
  const list = {
    models: [
      { name: "fast", modelId: "us.vendor.fast-v1:0", default: true },
      { name: "own", default: false },
    ],
  };

  test("the list has the names, the default, and the ids that are not ARNs, and Bedrock is not called", async () => {
    const response = await send("/models");
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json",
      "cache-control": "no-store, no-transform",
      "x-content-type-options": "nosniff",
    });
    expect(await response.json()).toEqual(list);
    expect(stack.bedrock!.statistics.requests).toBe(0);
  });

  test.each([
    ["a query", "/models?x=1", {}],
    ["accept: text/event-stream", "/models", { accept: "text/event-stream" }],
    ["last-event-id", "/models", { accept: "text/event-stream", "last-event-id": "1" }],
  ])("the list is the same JSON for a request with %s", async (_, path, headers) => {
    expect(await (await send(path, "GET", headers)).json()).toEqual(list);
  });

  test("the response to HEAD has no body", async () => {
    const response = await send("/models", "HEAD");
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "application/json",
      "",
    ]);
  });

  test("a request for the list logs one record, which does not count as a request to a model", async () => {
    const { headers } = await send("/models");
    const requestId = headers.get("x-amzn-requestid") ?? "";
    const record = await stack.record(requestId);
    expect(record).toMatchObject({
      record: "models",
      status: 200,
      outcome: "end",
      callerArn: expect.stringMatching(/^arn:/) as unknown,
    });
    expect(record["totalMs"]).toBeGreaterThanOrEqual(0);
    expect(recordsOf(stack.log, requestId)).toHaveLength(1);
  });

  test("the list is not sent to callers without a signature", async () => {
    const { status, body } = await sendUnsigned(`${stack.url}models`);
    expect([status, body.includes("fast")]).toEqual([403, false]);
  });
});

describe("an error response", () => {
  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "the response to %s /models is the error 405",
    async (method) => {
      const response = await send("/models", method);
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
      const { error } = (await response.json()) as { error: { name: string; message: string } };
      expect(error).toMatchObject({
        name: "MethodNotAllowed",
        message: `Cannot use the method ${method}: /models does not support it; send GET /models`,
      });
    },
  );

  test.each(["/models/", "/models/fast", "/Models", "/constructor", "/toString"])(
    "the response to GET %s is the error 404",
    async (path) => {
      const response = await signedFetch(stack.url.replace(/\/$/, "") + path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { name: "NotFound" } });
    },
  );
});
