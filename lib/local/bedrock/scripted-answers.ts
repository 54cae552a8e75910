// The scripted models with complete answers: echo, thinking, tool, flood, slow and unknown.
import { delta, ending, event, newToolUseId, pause, paced, tokensOf } from "./script.ts";
import type { ScriptedRequest, Step } from "./script.ts";
import type { JsonObject } from "../../wire.ts";

// Code points per delta. Deltas of one code point split emoji sequences, and separate letters from their combining marks. Other
// deltas are long.
const pieceLengths = [1, 7, 2, 40, 1, 3, 19, 1, 5, 31, 11, 2];
const maximumDeltas = 10_000_000;

export function* echo(request: ScriptedRequest): Generator<Step> {
  yield event("messageStart", { role: "assistant" });
  for (const text of piecesOf(request.prompt)) yield delta(0, { text });
  yield event("contentBlockStop", { contentBlockIndex: 0 });
  yield* ending(request, "end_turn", Math.ceil(request.prompt.length / 4));
}

export function* thinking(request: ScriptedRequest): Generator<Step> {
  const thoughts = tokensOf("The question is short. I weigh two answers, and the second one is kinder.");
  const answer = tokensOf("I have thought about it, and the answer is yes.");
  yield event("messageStart", { role: "assistant" });
  yield* paced(
    request,
    thoughts.map((text) => delta(0, { reasoningContent: { text } })),
  );
  yield delta(0, { reasoningContent: { signature: base64("a signature over the thoughts above") } });
  yield event("contentBlockStop", { contentBlockIndex: 0 });
  yield delta(1, {
    reasoningContent: { redactedContent: base64("thoughts that the model keeps to itself") },
  });
  yield event("contentBlockStop", { contentBlockIndex: 1 });
  yield* paced(
    request,
    answer.map((text) => delta(2, { text })),
  );
  yield event("contentBlockStop", { contentBlockIndex: 2 });
  yield* ending(request, "end_turn", thoughts.length + answer.length);
}

export function* tool(request: ScriptedRequest): Generator<Step> {
  const text = tokensOf("Let me look that up.");
  // As with Claude, the first fragment is empty, and fragments may end anywhere, even inside an escape.
  const input = ["", '{"ci', 'ty":"Reykjav', "í", 'k","qu', 'ery":"\\', 'u2603?","days"', ":", "3}"];
  yield event("messageStart", { role: "assistant" });
  yield* paced(
    request,
    text.map((piece) => delta(0, { text: piece })),
  );
  yield event("contentBlockStop", { contentBlockIndex: 0 });
  const toolUse = { toolUseId: newToolUseId(), name: toolNameOf(request.body) };
  yield event("contentBlockStart", { contentBlockIndex: 1, start: { toolUse } });
  yield* paced(
    request,
    input.map((fragment) => delta(1, { toolUse: { input: fragment } })),
  );
  yield event("contentBlockStop", { contentBlockIndex: 1 });
  yield* ending(request, "tool_use", text.length + input.length);
}

export function* flood(request: ScriptedRequest): Generator<Step> {
  const count = Math.min(Number(/\d+/.exec(request.prompt)?.[0] ?? 1000), maximumDeltas);
  yield event("messageStart", { role: "assistant" });
  for (let number = 0; number < count; number++) yield delta(0, { text: `${number} ` });
  yield event("contentBlockStop", { contentBlockIndex: 0 });
  yield* ending(request, "end_turn", count);
}

export function* slow(request: ScriptedRequest): Generator<Step> {
  const answer = tokensOf("Thank you for waiting.");
  yield { do: "accept" };
  yield pause(request.slowMs);
  yield event("messageStart", { role: "assistant" });
  yield* paced(
    request,
    answer.map((text) => delta(0, { text })),
  );
  yield event("contentBlockStop", { contentBlockIndex: 0 });
  yield* ending(request, "end_turn", answer.length);
}

/** Events and members that Bedrock might add in the future. All of them have to pass through unchanged. */
export function* unknown(request: ScriptedRequest): Generator<Step> {
  yield event("messageStart", { role: "assistant", mood: { calm: true, since: [1, 2.5, null] } });
  yield event("weatherReport", { contentBlockIndex: 0, sky: "clear ☀", wind: { metresPerSecond: 3 } });
  yield event("emptyEvent", {});
  yield event("contentBlockStart", { contentBlockIndex: 0, start: { hologram: { format: "h1" } } });
  yield delta(0, { hologram: { bytes: base64("light"), depth: 3 } });
  yield event("contentBlockStop", { contentBlockIndex: 0, reason: "projected" });
  yield event("contentBlockDelta", { contentBlockIndex: 1, delta: { text: "Still here." }, confidence: 0.5 });
  yield event("contentBlockStop", { contentBlockIndex: 1 });
  yield event("messageStop", {
    stopReason: "moved_to_tomorrow",
    additionalModelResponseFields: { depth: 3 },
  });
  yield event("metadata", {
    usage: {
      inputTokens: request.inputTokens,
      outputTokens: 3,
      totalTokens: request.inputTokens + 3,
      photons: 9,
    },
    metrics: { latencyMs: Math.round(performance.now() - request.receivedAt), lumen: 12 },
    serviceTier: { type: "someday" },
  });
}

function* piecesOf(text: string): Generator<string> {
  for (let at = 0, turn = 0; at < text.length; turn++) {
    let end = at;
    const length = pieceLengths[turn % pieceLengths.length] ?? 1;
    for (let taken = 0; taken < length && end < text.length; taken++) end += lengthOfCodePoint(text, end);
    yield text.slice(at, end);
    at = end;
  }
}

function lengthOfCodePoint(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function toolNameOf(body: JsonObject): string {
  const configuration = body["toolConfig"] as
    { tools?: { toolSpec?: { name?: unknown } }[] } | null | undefined;
  const tools = Array.isArray(configuration?.tools) ? configuration.tools : [];
  const name = tools.find((candidate) => candidate?.toolSpec)?.toolSpec?.name;
  return typeof name === "string" ? name : "get_weather";
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
