// Frames from AWS's own codec, so that our decoder is not tested with our own encoder.
import { EventStreamCodec } from "@smithy/core/event-streams";

export const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString("utf8"),
  (text) => Buffer.from(text, "utf8"),
);

export function eventFrame(name: string, payload: unknown): Buffer {
  return frame({ ":event-type": name, ":message-type": "event" }, JSON.stringify(payload));
}

export function exceptionFrame(name: string, message: string): Buffer {
  return frame({ ":exception-type": name, ":message-type": "exception" }, JSON.stringify({ message }));
}

export function frame(headers: Record<string, string>, payload: string): Buffer {
  const all = { ...headers, ":content-type": "application/json" };
  const typed = Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, { type: "string" as const, value }]),
  );
  return Buffer.from(codec.encode({ headers: typed, body: Buffer.from(payload, "utf8") }));
}

/** A short answer as Bedrock streams it, frame by frame, with multi-byte text and padding. */
export const sampleAnswer: Buffer[] = [
  eventFrame("messageStart", { role: "assistant", p: "abc" }),
  eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Grüße, 世界" }, p: "abcdefgh" }),
  eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: " 👩‍🚀\n\u0007" }, p: "a" }),
  eventFrame("contentBlockStop", { contentBlockIndex: 0, p: "abcd" }),
  eventFrame("messageStop", { stopReason: "end_turn", p: "ab" }),
  eventFrame("metadata", {
    usage: { inputTokens: 5, outputTokens: 9, totalTokens: 14 },
    metrics: { latencyMs: 312 },
    p: "abcde",
  }),
];
