// Generates request bodies and paths, and checks that each request is answered or rejected with a 4xx status, never with a 5xx.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSignedFetch } from "../../lib/signer/index.ts";
import { waitFor } from "../support/deadline.ts";
import { expectNoLosses, outcomeOf } from "../support/matrix/fault-rows.ts";
import { parameters } from "../support/generated.ts";
import { caller, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

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
/** Requests that are nearly valid, so that many of them reach Bedrock. */
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

const signedFetch = createSignedFetch({ credentials: caller, region: "us-east-1", service: "lambda" });

/** Sends a request to a path other than /. */
async function send(path: string, body: string): Promise<{ status: number; text: string }> {
  const response = await waitFor("The head", signedFetch(`${stack.url}${path}`, { method: "POST", body }));
  return { status: response.status, text: await waitFor("The end", response.text()) };
}

test("Bedrock's own paths accept the same bodies as the path /, and reject the others with the same message", async () => {
  const said = fc.record({
    role: fc.constant("user"),
    content: fc.tuple(fc.record({ text: fc.string({ minLength: 1 }) })),
  });
  const valid = request.map((rest) => ({
    inferenceConfig: rest.inferenceConfig,
    messages: [{ role: "user", content: [{ text: "x" }] }],
  }));
  const body = fc.oneof(
    request,
    conversation,
    valid,
    said.map((message) => ({ messages: [message] })),
    json,
  );
  let answered = 0;
  const property = fc.asyncProperty(
    body,
    fc.constantFrom("converse", "converse-stream"),
    async (value, operation) => {
      const members =
        typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : value;
      if (typeof members === "object" && members !== null) {
        for (const name of ["modelId", "prompt"]) Reflect.deleteProperty(members, name);
      }
      const named = typeof members === "object" && members !== null && !Array.isArray(members);
      const lines = await stack.ask(JSON.stringify(named ? { ...members, modelId: "local.echo" } : members));
      const bedrock = await send(`model/local%2Eecho/${operation}`, JSON.stringify(members));
      expect(bedrock.status).toBe(lines.status);
      if (bedrock.status === 200) answered++;
      else {
        const { error } = lines.lines[0] as { error: { message: string } };
        // Only the path `/` knows the members that this service adds to Bedrock's.
        const message = error.message.replace(
          "known members are modelId, prompt, storyType, ",
          "known members are ",
        );
        expect(JSON.parse(bedrock.text)).toEqual({ __type: "ValidationException", message });
      }
      stack.log.length = 0;
    },
  );
  await fc.assert(property, parameters(usualRuns));
  expect(answered).toBeGreaterThan(0);
  await expectNoLosses(stack);
});

test("any path is answered, or rejected as the caller's mistake", async () => {
  const piece = fc.oneof(
    fc.constantFrom("model", "converse", "converse-stream", "local.echo", "%2F", "%3A", "..", "invoke"),
    fc.stringMatching(/^[\w.~:-]{1,12}$/),
  );
  const path = fc.oneof(
    fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join("/")),
    piece.map((id) => `model/${id}/converse`),
  );
  const property = fc.asyncProperty(path, async (target) => {
    const { status } = await send(target, `{"messages":[{"role":"user","content":[{"text":"x"}]}]}`);
    expect(status === 200 || (status >= 400 && status < 424), `${status} ${target}`).toBe(true);
    expect(stack.log.filter((line) => line.includes("InternalError"))).toEqual([]);
    stack.log.length = 0;
  });
  await fc.assert(property, parameters(usualRuns));
  await expectNoLosses(stack);
});
