// Tests that a client with `resume` gets a whole answer although its connection is cut, and that Bedrock is called once.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectThroughCuts, joinedLines, resumableClient } from "../../support/callers/resumable-client.ts";
import { scaled, waitFor } from "../../support/deadline.ts";
import { steadyModel } from "../../support/frames/steady-model.ts";
import { parameters } from "../../support/generated.ts";
import { type Cut, startCuttingProxy } from "../../support/servers/cutting-proxy.ts";
import { startTestStack, type TestStack } from "../../support/servers/local-stack.ts";

let stack: TestStack;
beforeAll(async () => {
  const options = { deltasPerSecond: 500, models: { steady: steadyModel(30) } };
  stack = await startTestStack({ answerStore: {}, concurrency: 30, bedrock: { kind: "local", options } });
});
afterAll(() => stack.close());

function newRequest() {
  return { prompt: "A story about rain", modelId: "steady", idempotencyKey: crypto.randomUUID() };
}

/** The number of calls to Bedrock that `work` causes. */
async function callsDuring(work: () => Promise<void>): Promise<number> {
  await waitFor("the end of earlier calls", stack.bedrock!.idle());
  const before = stack.bedrock!.statistics.requests;
  await work();
  await waitFor("the end of all calls", stack.bedrock!.idle());
  return stack.bedrock!.statistics.requests - before;
}

/** The answer that the service has kept, as the text of a response. */
async function keptAnswer(request: object): Promise<string> {
  return (await stack.ask(request)).body;
}

describe("a client with resume", () => {
  test.each<[what: string, cuts: Cut[]]>([
    ["before the response", [{ afterBytes: 0 }]],
    ["in the middle of the first line", [{ afterBytes: 20 }]],
    ["in the middle of a later line", [{ afterBytes: 700 }]],
    ["several times, also before and within the resumed responses", [300, 0, 1, 400, 200].map(at)],
    ["as if the response were complete", [{ afterBytes: 700, cleanly: true }]],
    [
      "several times, as if each response were complete",
      [100, 500, 90].map((afterBytes) => ({ afterBytes, cleanly: true })),
    ],
  ])(
    "a client with resume gets every line once, byte for byte, if its connection is cut %s",
    async (_, cuts) => {
      const { client, proxy } = await connectThroughCuts(stack.url, cuts);
      const request = newRequest();
      const calls = await callsDuring(async () => {
        const lines = await waitFor("the answer", joinedLines(client.converse(request).lines()));
        expect(lines).toBe(await keptAnswer(request));
        expect(lines).toMatch(/"type":"end"[^\n]*\n$/);
      });
      expect(calls).toBe(1);
      expect(proxy.bodies).toHaveLength(cuts.length + 1);
    },
  );

  test("a client with resume gets every line once, wherever the connection is cut", async () => {
    const whole = newRequest();
    const { length } = Buffer.from((await stack.ask(whole)).body);
    const positions = fc.array(fc.record({ afterBytes: fc.nat(length), cleanly: fc.boolean() }), {
      maxLength: 4,
    });
    const property = fc.asyncProperty(positions, async (cuts) => {
      const { client } = await connectThroughCuts(stack.url, cuts);
      const request = newRequest();
      const calls = await callsDuring(async () => {
        const lines = await waitFor("the answer", joinedLines(client.converse(request).lines()));
        expect(lines).toBe(await keptAnswer(request));
      });
      expect(calls).toBe(1);
    });
    await fc.assert(property, { ...parameters(12), endOnFailure: true });
  });

  test("a client with resume goes on if the stream is silent for longer than idleTimeout", async () => {
    const cuts = [{ afterBytes: 700, silently: true }];
    const { client, proxy } = await connectThroughCuts(stack.url, cuts, { idleTimeout: scaled(300) });
    const request = newRequest();
    const lines = await waitFor("the answer", joinedLines(client.converse(request).lines()));
    expect(lines).toBe(await keptAnswer(request));
    expect(proxy.bodies.length).toBeGreaterThan(1);
  });

  test("a client with resume goes on even if the service is unreachable for longer than the usual retries take", async () => {
    const proxy = await startCuttingProxy(stack.url, (index) =>
      index === 0 ? { afterBytes: 600 } : { refuses: index < 8 },
    );
    const request = newRequest();
    const calls = await callsDuring(async () => {
      const answer = resumableClient(proxy.url).converse(request);
      expect(await waitFor("the answer", joinedLines(answer.lines()))).toBe(await keptAnswer(request));
    });
    expect(calls).toBe(1);
    expect(proxy.bodies).toHaveLength(9);
  });

  test("a client with resume makes a key, and sends it again with the number of complete lines that it has", async () => {
    const { client, proxy } = await connectThroughCuts(stack.url, [{ afterBytes: 700 }]);
    const { idempotencyKey: _, ...request } = newRequest();
    const lines: string[] = [];
    for await (const line of client.converse(request).lines()) lines.push(line);
    const [first, second] = proxy.bodies.map((body) => JSON.parse(body) as Record<string, unknown>);
    const { idempotencyKey } = first!;
    expect(idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(first).toEqual({ ...request, idempotencyKey });
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    const fromLine = bytes.subarray(0, 700).toString().split("\n").length - 1;
    expect(second).toEqual({ ...request, idempotencyKey, fromLine });
  });

  test("a client with resume gives the same result, text, object and response, however the answer is read", async () => {
    const cuts = [{ afterBytes: 0 }, { afterBytes: 500 }, { afterBytes: 150 }];
    const request = { ...newRequest(), modelId: "local.story" };
    const connect = async () => (await connectThroughCuts(stack.url, cuts)).client;
    const { idempotencyKey: _, ...plain } = request;
    const { text } = await (await connect()).converse(request).result();
    expect(text).toMatch(/^On a hill above the sea[^]*rain/);

    let read = "";
    for await (const piece of (await connect()).converse(request).textStream()) read += piece;
    expect(read).toBe(text);

    const response = await (await connect()).converse(request).toResponse();
    expect(await response.text()).toBe(await keptAnswer(request));

    const schema = {
      type: "object",
      properties: { title: { type: "string" } },
      required: ["title"],
      additionalProperties: false,
    };
    const { object } = await (await connect()).converse({ ...plain, schema }).result();
    expect(object).toMatchObject({ title: expect.any(String) as string });
  });

  test("another client with the same key reads the answer from its beginning, or from a later line", async () => {
    const request = newRequest();
    const first = resumableClient(stack.url).converse(request);
    const [whole, second, rest] = await Promise.all([
      joinedLines(first.lines()),
      joinedLines(resumableClient(stack.url).converse(request, { resume: false }).lines()),
      first.result().then(async () => {
        const { client } = await connectThroughCuts(stack.url, [{ afterBytes: 300 }]);
        return joinedLines(client.converse({ ...request, fromLine: 7 }).lines());
      }),
    ]);
    expect(second).toBe(whole);
    expect(rest).toBe(
      whole
        .split(/(?<=\n)/)
        .slice(7)
        .join(""),
    );
  });
});

function at(afterBytes: number): Cut {
  return { afterBytes };
}
