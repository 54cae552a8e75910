// Generates request bodies, and checks that each is answered or rejected with a 4xx status, never with a 5xx.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { expectNoLosses, outcomeOf } from "../support/matrix/fault-rows.ts";
import { parameters } from "../support/generated.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const json = fc.jsonValue({ maxDepth: 4 });
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 8192, 8193, 1e308));
const source = fc.oneof(
  fc.record({ bytes: fc.oneof(fc.base64String(), text) }),
  fc.dictionary(fc.constantFrom("bytes", "s3Location", "url", "text", "content", "__proto__"), json),
);
const block = fc.oneof(
  fc.record({ text }),
  fc.record({ image: fc.record({ format: text, source }) }),
  fc.record({ document: fc.record({ format: text, name: text, source }) }),
  fc.record({ toolUse: fc.record({ toolUseId: text, name: text, input: json }) }),
  fc.record({
    toolResult: fc.record({ toolUseId: text, content: fc.array(fc.oneof(fc.record({ json }), json)) }),
  }),
  fc.dictionary(text, json),
);
const message = fc.oneof(
  fc.record({
    role: fc.constantFrom("user", "assistant"),
    content: fc.array(block, { minLength: 1, maxLength: 4 }),
  }),
  json,
);
const fields = fc.dictionary(
  fc.oneof(
    text,
    fc.constantFrom("max_tokens", "n", "thinking", "budget_tokens", "tools", "__proto__", "constructor"),
    fc.constantFrom("system", "speed", "cache_control", "images", "inferenceConfig"),
  ),
  fc.oneof(number, json),
);
/** Nearly valid requests, so that many of them reach Bedrock. */
const request = fc.record(
  {
    modelId: fc.oneof(fc.constantFrom("local.echo", "local.tool", "local.unknown"), text, json),
    prompt: fc.oneof(text, json),
    messages: fc.oneof(fc.array(message, { maxLength: 4 }), json),
    system: fc.oneof(fc.array(block, { maxLength: 2 }), json),
    inferenceConfig: fc.oneof(fc.record({ maxTokens: number, temperature: number }), fields, json),
    toolConfig: fc.oneof(fc.record({ tools: fc.oneof(fc.array(json), json) }), json),
    additionalModelRequestFields: fc.oneof(fields, json),
    additionalModelResponseFieldPaths: json,
    outputConfig: json,
    requestMetadata: json,
    guardrailConfig: json,
    serviceTier: json,
    [`__proto__`]: json,
  },
  { requiredKeys: [] },
);
const plain = fc.record({ prompt: text }).chain((some) =>
  request.map((rest) => ({
    modelId: "local.echo",
    ...some,
    inferenceConfig: rest.inferenceConfig,
    system: rest.system,
  })),
);

const conversation = fc.record({
  modelId: fc.constant("local.echo"),
  messages: fc.array(message, { minLength: 1, maxLength: 4 }),
  additionalModelRequestFields: fields,
});

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    concurrency: 1,
    bedrock: { kind: "local", options: { deltasPerSecond: Infinity } },
  });
});
afterAll(() => stack.close());

const usualRuns = 150;

test("any JSON body is answered, or rejected as the caller's mistake", async () => {
  const body = fc.oneof(
    { weight: 1, arbitrary: json },
    { weight: 3, arbitrary: request },
    { weight: 2, arbitrary: fc.oneof(plain, conversation) },
  );
  let answered = 0;
  const property = fc.asyncProperty(body, async (value) => {
    const answer = await waitFor("The answer", stack.ask(JSON.stringify(value)));
    const [status, outcome] = outcomeOf(answer).split(" ");
    if (status === "200") answered++;
    expect(status === "200" ? outcome === "end" : /^4\d\d$/.test(status!), `${status} ${outcome}`).toBe(true);
    stack.log.length = 0;
  });
  await fc.assert(property, parameters(usualRuns));
  expect(answered).toBeGreaterThan(0);
  await expectNoLosses(stack);
  expect(stack.lambda.environments().started).toBe(1);
});
