// Tests the answers on Bedrock's own paths, such as /model/{modelId}/converse: their headers, pings and error responses.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorResponse, type ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { createSignedFetch } from "../../lib/signer/index.ts";
import { splitFrames, userSays } from "../support/callers/bedrock-client.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { codec } from "../support/frames/aws-frames.ts";
import { caller, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const signedFetch = createSignedFetch({ credentials: caller, region: "us-east-1", service: "lambda" });

/** A model that Bedrock throttles. The header says when to send the request again. */
function busyUntil(header: Record<string, string>): ScriptedModel {
  const { status, headers, body } = errorResponse(429, "ThrottlingException", {
    message: "Too many requests",
  });
  const response = { status, body, headers: { ...headers, ...header } };
  return { description: "busy", script: () => [{ do: "respond", response }] };
}

const models = {
  soon: busyUntil({ "x-amz-retry-after": "20" }),
  later: busyUntil({ "x-amz-retry-after": "1500" }),
  "much.later": busyUntil({ "retry-after": "6" }),
  never: busyUntil({ "retry-after": "never" }),
};

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    bedrock: { kind: "local", options: { deltasPerSecond: Infinity, slowMs: scaled(1500), models } },
    variables: { DELTAPIPE_PING_SECONDS: "0.2", DELTAPIPE_MAX_REQUEST_BYTES: "1000" },
  });
});
afterAll(() => stack.close());

async function post(path: string, body: string, method = "POST", headers: Record<string, string> = {}) {
  const response = await waitFor(
    "The head",
    signedFetch(`${stack.url}${path}`, { method, headers, ...(method === "POST" && { body }) }),
  );
  const bytes = Buffer.from(await waitFor("The end", response.arrayBuffer()));
  return { status: response.status, headers: response.headers, bytes };
}

const hello = JSON.stringify(userSays("x"));

test("a silent model's stream begins with pings, and all other frames are Bedrock's", async () => {
  const { status, headers, bytes } = await post("model/local.slow/converse-stream", hello);
  expect([status, headers.get("content-type")]).toEqual([200, "application/vnd.amazon.eventstream"]);
  const frames = splitFrames(bytes).map((frame) => codec.decode(frame));
  const names = frames.map(({ headers: each }) => String(each[":event-type"]?.value));
  const first = names.findIndex((name) => name !== "ping");
  expect(first).toBeGreaterThan(0);
  expect(names.slice(first).filter((name) => name !== "ping")).toEqual([
    "messageStart",
    ...names.filter((name) => name === "contentBlockDelta"),
    "contentBlockStop",
    "messageStop",
    "metadata",
  ]);
});

test.each([
  ["model/local.echo/converse-stream", "application/vnd.amazon.eventstream"],
  ["model/local.echo/converse", "application/json"],
])(
  "the path %s keeps its own format if the request has the headers of an EventSource",
  async (path, type) => {
    const events = { accept: "text/event-stream", "last-event-id": "1" };
    const { status, headers } = await post(path, hello, "POST", events);
    expect([status, headers.get("content-type")]).toEqual([200, type]);
  },
);

describe("error responses", () => {
  test.each([
    ["model/local.echo/converse", "{", 400, "ValidationException"],
    ["model/local.echo/converse", `{"prompt":"x"}`, 400, "ValidationException"],
    ["model/local.echo/converse", `{"storyType":"x"}`, 400, "ValidationException"],
    [
      "model/local.echo/converse-stream",
      `{"modelId":"local.echo","messages":[]}`,
      400,
      "ValidationException",
    ],
    ["model/local.echo/converse-stream", " ".repeat(1001), 413, "ValidationException"],
    ["model/local.nobody/converse-stream", hello, 403, "AccessDeniedException"],
    ["model/local.echo/invoke", hello, 404, "UnknownOperationException"],
    ["model/local.throttled/converse", hello, 429, "ThrottlingException"],
  ])("the error response for %s with the body %s is %i %s", async (path, body, status, name) => {
    const response = await post(path, body);
    expect(response.status).toBe(status);
    expect(response.headers.get("x-amzn-errortype")).toBe(name);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("retry-after")).toBeNull();
    expect(JSON.parse(response.bytes.toString())).toEqual({
      __type: name,
      message: expect.stringMatching(/./),
    });
  });

  test("the error response for a wrong method names the allowed method", async () => {
    const { status, headers, bytes } = await post("model/local.echo/converse", "", "GET");
    expect([status, headers.get("allow")]).toEqual([405, "POST"]);
    const path = "/model/{modelId}/converse";
    const message = `Cannot use the method GET: ${path} does not support it; send POST ${path}`;
    expect(JSON.parse(bytes.toString())).toMatchObject({ message });
  });

  test("the error response for a path that is not Bedrock's has the service's own form", async () => {
    const { status, headers, bytes } = await post("x", hello);
    expect([status, headers.get("x-amzn-errortype")]).toEqual([404, null]);
    expect(JSON.parse(bytes.toString())).toMatchObject({ type: "error", error: { name: "NotFound" } });
  });
});

describe("the retry delay that Bedrock asks for", () => {
  test.concurrent.each([
    ["soon", "5", { "x-amz-retry-after": "20" }],
    ["later", "5", { "x-amz-retry-after": "1500" }],
    ["much.later", "6", { "retry-after": "6" }],
    ["never", "5", {}],
  ])(
    "the error of the model %s has a retry-after of %s s on the path /, and on Bedrock's paths Bedrock's own header, if it is valid",
    async (model, seconds, sent) => {
      const [lines, ...responses] = await Promise.all([
        stack.ask({ prompt: "x", modelId: model }),
        post(`model/${model}/converse`, hello),
        post(`model/${model}/converse-stream`, hello),
      ]);
      expect([lines.status, lines.headers.get("retry-after")]).toEqual([429, seconds]);
      for (const { status, headers } of responses) {
        const hints = [...headers].filter(([name]) => name.endsWith("retry-after"));
        expect([status, Object.fromEntries(hints)]).toEqual([429, sent]);
      }
    },
  );
});
