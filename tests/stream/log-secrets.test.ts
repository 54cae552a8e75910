// Tests that prompts, answers and credentials never appear in the log or in an error.
import { afterAll, beforeAll, expect, test } from "vitest";
import { scaled, waitFor } from "../support/deadline.ts";
import { modelOf, modelsOf, outcomeOf, type ScriptedRow } from "../support/matrix/fault-rows.ts";
import { startTestStack, type StackAnswer, type TestStack } from "../support/servers/local-stack.ts";
import { anySecret, explained, headers, request, rows, secret } from "../support/requests/secrets.ts";

let stack: TestStack;
beforeAll(async () => {
  const { models } = modelsOf([...rows, ...explained]);
  stack = await startTestStack({
    bedrock: { kind: "local", options: { models } },
    variables: { DELTAPIPE_STALL_SECONDS: String(scaled(2000) / 1000) },
  });
});
afterAll(() => stack.close());

/** Checks everything logged so far, also for the service's own credentials. */
function expectCleanLog(): void {
  expect(stack.log.filter((line) => anySecret.test(line))).toEqual([]);
  expect(
    stack.log.filter((line) => line.includes("sessionToken") || line.includes("X-Amz-Security")),
  ).toEqual([]);
}

/** Sends a row's request and checks its outcome and the log. */
async function askFor(row: ScriptedRow): Promise<StackAnswer> {
  const asked = stack.ask({ ...request, modelId: modelOf(row) }, { headers });
  const answer = await waitFor("the answer", asked);
  expect(outcomeOf(answer)).toBe(row.becomes);
  await stack.record(answer.headers.get("x-amzn-requestid") ?? "");
  expectCleanLog();
  return answer;
}

test.concurrent.each(rows.map((row) => [row.fault, row] as const))(
  "a stream keeps its content out of the log: %s",
  async (_, row) => {
    const answer = await askFor(row);
    const last = answer.lines.at(-1);
    if (last?.type === "error") expect(JSON.stringify(last)).not.toMatch(/SECRET|123456789012/);
  },
);

test.concurrent.each(explained.map((row) => [row.fault, row] as const))(
  "an error message from Bedrock does not bring secrets into the log: %s",
  async (_, row) => {
    const answer = await askFor(row);
    expect(answer.body).not.toContain("123456789012");
  },
);

test.concurrent.each<[string, string]>([
  ["malformed JSON", `{"prompt": ${secret("prompt")}`],
  ["half a JSON text", `{"prompt": "${secret("prompt")}`],
  ["a string instead of an object", JSON.stringify(secret("prompt"))],
  ["a member of the wrong type", JSON.stringify({ ...request, system: secret("system") })],
  ["a message of the wrong type", JSON.stringify({ messages: [secret("prompt")] })],
  ["a prompt beside messages", JSON.stringify({ ...request, prompt: secret("prompt") })],
  ["too many tokens", JSON.stringify({ ...request, inferenceConfig: { maxTokens: 1e6 } })],
  [
    "a token limit of the wrong type",
    JSON.stringify({ ...request, inferenceConfig: { maxTokens: secret("tokens") } }),
  ],
  [
    "a reference to content elsewhere",
    JSON.stringify({
      messages: [{ role: "user", content: [{ image: { source: { url: secret("url") } } }] }],
    }),
  ],
  ["an unknown member", JSON.stringify({ ...request, unknown: secret("member") })],
  ["a service tier", JSON.stringify({ ...request, serviceTier: { type: secret("tier") } })],
])("a rejected request keeps its content out of the log and the response: %s", async (_, body) => {
  const answer = await waitFor("the answer", stack.ask(body, { headers }));
  expect(outcomeOf(answer)).toBe("400 InvalidRequest");
  expect(answer.body).not.toMatch(/SECRET|U0VDUkVU/);
  await stack.record(answer.headers.get("x-amzn-requestid") ?? "");
  expectCleanLog();
});

test("a message about the service's role appears only in the log", async () => {
  const answer = await waitFor("the answer", stack.ask({ prompt: "x", modelId: "local.denied" }));
  expect(outcomeOf(answer)).toBe("502 UpstreamAccessDenied");
  expect(answer.body).not.toMatch(/arn:|123456789012/);
  const record = await stack.record(answer.headers.get("x-amzn-requestid") ?? "");
  expect(record["detail"]).toMatch(/^AccessDeniedException: .*arn:aws:.*\d{12}/);
});

test("a request with a wrong signature keeps secrets out of the log and the response", async () => {
  const response = await fetch(stack.url, {
    method: "POST",
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=${secret("signature")}`,
    },
    body: JSON.stringify(request),
  });
  expect(response.status).toBe(403);
  expect(await response.text()).not.toMatch(anySecret);
  expectCleanLog();
});
