// The beginning of an answer that fails in mid-stream, as steps of a scripted model and as frames.
import { delta, event } from "../../../lib/local/bedrock/script.ts";
import { eventFrame } from "./aws-frames.ts";

export const begun = [event("messageStart", { role: "assistant" }), delta(0, { text: "So far" })];

export const begunFrames = [
  eventFrame("messageStart", { role: "assistant" }),
  eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "So far" } }),
];

export const anotherDelta = eventFrame("contentBlockDelta", {
  contentBlockIndex: 0,
  delta: { text: " more" },
});
