// Tests completions streamed through the whole stack, over real HTTP and in real processes.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { delta, ending, event, type ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { startTestStack, textOfLines, type TestStack } from "../support/servers/local-stack.ts";
import { peakMemory } from "../support/processes/process-memory.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());

describe("an answer", () => {
  test("an answer has Bedrock's events in order between start and end, with their padding", async () => {
    const { status, headers, lines } = await stack.ask({ prompt: "a lighthouse" });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
    expect(headers.get("cache-control")).toBe("no-store, no-transform");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const types = lines.map(({ type }) => type);
    const deltas = types.filter((type) => type === "contentBlockDelta");
    expect(deltas.length).toBeGreaterThan(50);
    expect(types).toEqual([
      "start",
      "messageStart",
      ...deltas,
      "contentBlockStop",
      "messageStop",
      "metadata",
      "end",
    ]);
    expect(lines[0]).toEqual({
      type: "start",
      version: 1,
      requestId: headers.get("x-amzn-requestid"),
      modelId: "local.story",
    });
    expect(lines.at(-1)).toMatchObject({ stopReason: "end_turn", usage: { outputTokens: deltas.length } });
    for (const line of lines.slice(1, -1)) expect(line).toHaveProperty("p");
    expect(
      new Set(lines.slice(1, -1).map((line) => ("p" in line ? line.p?.length : 0))).size,
    ).toBeGreaterThan(10);
  });

  test("an answer arrives while the model is still generating", async () => {
    // The model sends each word only after the previous word has arrived. A buffer anywhere would block the model forever.
    let arrived = (): void => undefined;
    const hesitant: ScriptedModel = {
      description: "waits for each word to arrive",
      async *script(request) {
        yield event("messageStart", { role: "assistant" });
        for (let word = 0; word < 20; word++) {
          const arrival = new Promise<void>((resolve) => (arrived = resolve));
          yield delta(0, { text: `word ${word}.` });
          await arrival;
        }
        yield* ending(request, "end_turn", 20);
      },
    };
    const own = await startTestStack({ bedrock: { kind: "local", options: { models: { hesitant } } } });
    try {
      const response = await own.send({ prompt: "x", modelId: "hesitant" });
      const reader = response.body!.getReader();
      let text = "";
      for (let word = 0; word < 20; word++) {
        while (!text.includes(`"word ${word}."`)) {
          const { value } = await waitFor(`word ${word}`, reader.read());
          text += Buffer.from(value ?? []).toString();
        }
        arrived();
      }
      await waitFor("the end", reader.read());
    } finally {
      await own.close();
    }
  });

  test("local.echo repeats 200 KB of mixed scripts, emoji and control characters byte for byte", async () => {
    const alphabet = 'aé世界👩‍🚀🏳️‍🌈ไทยעברית\u0000\u0007\u001b\n\r\t\u2028\ufeff"\\/</script> \u007f\u0301';
    let prompt = "";
    for (let at = 0; Buffer.byteLength(prompt) < 200_000; at++) prompt += `${alphabet}${at}`;
    const { lines } = await stack.ask({ prompt, modelId: "local.echo" });
    expect(lines.at(-1)?.type).toBe("end");
    expect(textOfLines(lines)).toBe(prompt);
  });

  test("an answer has deltas with reasoning text, its signature and redacted content", async () => {
    const { lines } = await stack.ask({ prompt: "x", modelId: "local.thinking" });
    const deltas = lines.flatMap((line) => (line.type === "contentBlockDelta" ? [line.delta] : []));
    const kinds = new Set(
      deltas.flatMap(({ reasoningContent, ...rest }) => Object.keys(reasoningContent ?? rest)),
    );
    expect([...kinds].sort()).toEqual(["redactedContent", "signature", "text"]);
    expect(lines.at(-1)).toMatchObject({ type: "end", stopReason: "end_turn" });
  });

  test("an answer has a tool's input as JSON fragments", async () => {
    const { lines } = await stack.ask({ prompt: "x", modelId: "local.tool" });
    const input = lines
      .map((line) => (line.type === "contentBlockDelta" ? (line.delta.toolUse?.input ?? "") : ""))
      .join("");
    expect(JSON.parse(input)).toBeTypeOf("object");
    expect(lines.find(({ type }) => type === "contentBlockStart")).toMatchObject({ start: { toolUse: {} } });
    expect(lines.at(-1)).toMatchObject({ type: "end", stopReason: "tool_use" });
  });

  test("an answer keeps events of types that the service does not know", async () => {
    const { lines } = await stack.ask({ prompt: "x", modelId: "local.unknown" });
    const known = ["start", "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop"];
    expect(lines.some(({ type }) => ![...known, "messageStop", "metadata", "end"].includes(type))).toBe(true);
    expect(lines.at(-1)?.type).toBe("end");
  });

  test("an answer that is sent as server-sent events has one event for each JSON object, named after the object's type", async () => {
    const headers = { accept: "text/event-stream" };
    const answer = await stack.ask({ prompt: "Hi", modelId: "local.echo" }, { headers });
    expect(answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const events = answer.body.split("\n\n").slice(0, -1);
    for (const event of events) {
      const [, type, json] = /^(?:id: .+\nretry: \d+\n)?event: (\w+)\ndata: (\{.*\})$/.exec(event) ?? [];
      expect(JSON.parse(json ?? "null")).toMatchObject({ type });
    }
    expect(events.at(0)).toMatch(/^id: .+\nretry: \d+\nevent: start\n/);
    expect(events.at(-1)).toMatch(/^event: end\n/);
  });

  test("a body from curl -d, which Lambda encodes as base64, gets an answer", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { lines } = await stack.ask(`{"prompt":"Grüße 世界","modelId":"local.echo"}`, { headers });
    expect(textOfLines(lines)).toBe("Grüße 世界");
  });

  test("an answer has pings while the model is silent", async () => {
    const quick = await startTestStack({
      variables: { DELTAPIPE_PING_SECONDS: "0.1" },
      bedrock: { kind: "local", options: { slowMs: scaled(1500) } },
    });
    const { lines } = await quick.ask({ prompt: "x", modelId: "local.slow" });
    await quick.close();
    expect(lines.filter(({ type }) => type === "ping").length).toBeGreaterThan(1);
    expect(lines.at(-1)?.type).toBe("end");
  });

  test("an answer is logged as one record with counts and timings", async () => {
    const { headers, body } = await stack.ask({ prompt: "Hi there", modelId: "local.echo" });
    expect(await stack.record(headers.get("x-amzn-requestid") ?? "")).toMatchObject({
      record: "request",
      callerArn: expect.stringMatching(/^arn:aws:iam::\d{12}:user\/local$/),
      model: "local.echo",
      status: 200,
      outcome: "end",
      stopReason: "end_turn",
      firstDeltaMs: expect.any(Number),
      totalMs: expect.any(Number),
      inputTokens: 2,
      bytes: Buffer.byteLength(body),
      deltas: expect.any(Number),
    });
  });
});

describe("a million deltas", () => {
  test("a million deltas arrive complete and in order, and the environment needs little memory for them", async () => {
    const [pid] = stack.lambda.environments().pids;
    await stack.ask({ prompt: "100000", modelId: "local.flood" });
    const before = peakMemory(pid as number);
    const response = await stack.send({ prompt: "1000000", modelId: "local.flood" });
    const numbers = /"text":"(\d+) "/g;
    let rest = "";
    let last = "";
    let expected = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const text = rest + Buffer.from(chunk).toString("latin1");
      const end = text.lastIndexOf("\n") + 1;
      for (const [, number] of text.slice(0, end).matchAll(numbers)) {
        if (Number(number) !== expected++) throw new Error(`Delta ${expected - 1} is ${number}`);
      }
      rest = text.slice(end);
      if (end > 0) last = text.slice(text.lastIndexOf("\n", end - 2) + 1, end);
    }
    expect(expected).toBe(1_000_000);
    expect(JSON.parse(last)).toMatchObject({ type: "end", usage: { outputTokens: 1_000_000 } });
    expect(stack.lambda.environments().pids).toContain(pid);
    // `peakMemory` returns kilobytes. The stream has more than 110 MB. If the environment kept the stream in memory, its peak
    // would grow by far more than the 64 MB that are allowed here.
    if (before !== undefined) expect((peakMemory(pid as number) ?? 0) - before).toBeLessThan(64 * 1024);
  });
});
