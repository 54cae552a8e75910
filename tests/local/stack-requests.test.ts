// Tests that invalid requests to the whole stack get a 4xx before Bedrock is called, and that the execution environment keeps
// running.
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestStack, textOfLines, type TestStack } from "../support/servers/local-stack.ts";
import { peakMemory } from "../support/processes/process-memory.ts";

let stack: TestStack;
let pid: number;
beforeAll(async () => {
  stack = await startTestStack({ concurrency: 1 });
  await stack.ask({ prompt: "x", modelId: "local.echo" });
  [pid = 0] = stack.lambda.environments().pids;
});
afterAll(() => stack.close());

async function expectErrorResponse(
  body: string,
  status: number,
  name: string,
  init?: RequestInit,
): Promise<string> {
  const before = stack.bedrock!.statistics.requests;
  const answer = await stack.ask(body, init);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toMatchObject({
    type: "error",
    error: { name, retryable: false, requestId: answer.headers.get("x-amzn-requestid") },
  });
  expect(stack.bedrock!.statistics.requests).toBe(before);
  expect(await stack.record(answer.headers.get("x-amzn-requestid") ?? "")).toMatchObject({
    status,
    outcome: name,
  });
  expect(stack.lambda.environments()).toMatchObject({ started: 1, pids: [pid] });
  return answer.body;
}

test.each([
  ["an empty body", ""],
  ["a body that is not JSON", `{"prompt": }`],
  ["an array as its body", `[{"prompt":"x"}]`],
  ["an unknown member", `{"prompt":"x","max_tokens":5}`],
  ["both prompt and messages", `{"prompt":"x","messages":[{"role":"user","content":[{"text":"x"}]}]}`],
  ["empty messages", `{"messages":[]}`],
  ["maxTokens above the limit", `{"prompt":"x","inferenceConfig":{"maxTokens":100000}}`],
])("a request with %s gets 400 InvalidRequest", async (_, body) => {
  await expectErrorResponse(body, 400, "InvalidRequest");
});

test("a request with storyType gets a story of this type", async () => {
  const { status, lines } = await stack.ask(`{"storyType":"CATS"}`);
  expect(status).toBe(200);
  expect(textOfLines(lines)).toContain("the one about CATS.");
  expect(lines.at(-1)).toMatchObject({ type: "end", stopReason: "end_turn" });
});

test("a model that is not in the list gets 403 ModelNotAllowed", async () => {
  await expectErrorResponse(`{"prompt":"x","modelId":"vendor.other"}`, 403, "ModelNotAllowed");
});

test("a body that is not UTF-8 gets 400 InvalidRequest with any content type", async () => {
  const body = Buffer.from([...Buffer.from(`{"prompt":"`), 0xff, 0xfe, ...Buffer.from(`"}`)]);
  for (const type of ["application/json", "application/octet-stream"]) {
    await expectErrorResponse("", 400, "InvalidRequest", { body, headers: { "content-type": type } });
  }
});

test("6 MB of brackets are rejected for their depth, and take up little memory", async () => {
  await expectErrorResponse(`{"prompt":"${"x".repeat(5_900_000)}","x":1}`, 400, "InvalidRequest");
  const before = peakMemory(pid);
  const body = await expectErrorResponse("[".repeat(6 * 1024 * 1024 - 100), 400, "InvalidRequest");
  expect(body).toContain("deeper than 64");
  if (before !== undefined) expect((peakMemory(pid) ?? 0) - before).toBeLessThan(48 * 1024);
});

test("another path gets 404 NotFound, and another method 405 MethodNotAllowed", async () => {
  const { createSignedFetch } = await import("../../lib/signer/index.ts");
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const signedFetch = createSignedFetch({ credentials, region: "us-east-1", service: "lambda" });
  const found = await signedFetch(`${stack.url}other`, { method: "POST", body: `{"prompt":"x"}` });
  expect([found.status, ((await found.json()) as { error: { name: string } }).error.name]).toEqual([
    404,
    "NotFound",
  ]);
  for (const method of ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const response = await signedFetch(stack.url, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await response.json()).toMatchObject({ error: { name: "MethodNotAllowed" } });
  }
  const head = await signedFetch(stack.url, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([405, ""]);
});
