// A hand-written answer with reasoning, text, a tool call and unknown parts: as lines of the wire format, and as a message.

export const sampleEvents = [
  { type: "start", version: 1, requestId: "7f3c", modelId: "local.story" },
  { type: "messageStart", role: "assistant", p: "abcd" },
  {
    type: "contentBlockDelta",
    contentBlockIndex: 0,
    delta: { reasoningContent: { text: "Denk " } },
    p: "ab",
  },
  { type: "ping" },
  { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { text: "nach…" } } },
  { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { signature: "c2ln" } } },
  { type: "contentBlockStop", contentBlockIndex: 0, p: "" },
  { type: "contentBlockDelta", contentBlockIndex: 1, delta: { text: "Grüße, " }, p: "abcdefgh" },
  { type: "contentBlockDelta", contentBlockIndex: 1, delta: { text: "世界 😀\n" } },
  { type: "contentBlockDelta", contentBlockIndex: 1, delta: { brandNew: { text: "unknown" } } },
  { type: "contentBlockStop", contentBlockIndex: 1 },
  { type: "contentBlockMood", mood: ["calm", { deeper: "\u2028\uFFFD" }] },
  {
    type: "contentBlockStart",
    contentBlockIndex: 2,
    start: { toolUse: { toolUseId: "t1", name: "weather" } },
  },
  { type: "contentBlockDelta", contentBlockIndex: 2, delta: { toolUse: { input: "" } } },
  { type: "contentBlockDelta", contentBlockIndex: 2, delta: { toolUse: { input: '{"city":"Kö' } } },
  { type: "contentBlockDelta", contentBlockIndex: 2, delta: { toolUse: { input: 'ln"}' } } },
  { type: "contentBlockStop", contentBlockIndex: 2 },
  { type: "messageStop", stopReason: "tool_use", additionalModelResponseFields: { stop_sequence: null } },
  {
    type: "metadata",
    usage: { inputTokens: 5, outputTokens: 9, totalTokens: 14 },
    metrics: { latencyMs: 312 },
  },
  {
    type: "end",
    stopReason: "tool_use",
    usage: { inputTokens: 5, outputTokens: 9, totalTokens: 14 },
    timing: { firstDeltaMs: 298, totalMs: 331 },
  },
];

export const sampleMessage = {
  role: "assistant",
  content: [
    { reasoningContent: { reasoningText: { text: "Denk nach…", signature: "c2ln" } } },
    { text: "Grüße, 世界 😀\n" },
    { toolUse: { toolUseId: "t1", name: "weather", input: { city: "Köln" } } },
  ],
};

export const sampleBytes = toLines(sampleEvents);

export function toLines(events: readonly unknown[]): Buffer {
  return Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}
