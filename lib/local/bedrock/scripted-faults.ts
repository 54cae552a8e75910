// The scripted models that fail after the status 200: exceptions, broken frames, cut connections, silence.
import { eventFrame, rawEventFrame } from "./frames.ts";
import { delta, ending, event, exception, paced, tokensOf } from "./script.ts";
import type { ScriptedModel, ScriptedRequest, Step } from "./script.ts";
import type { JsonObject } from "../../wire.ts";

const unexpected = "The system encountered an unexpected error during processing. Try your request again.";
const tooMany = "Too many tokens, please wait before trying again.";
const page = "<!doctype html><title>Sign in</title><p>This network asks you to sign in first.</p>";

export const faultModels: Record<string, ScriptedModel> = {
  "local.mid-internal": midException("internalServerException", { message: unexpected }),
  "local.mid-model-error": midException("modelStreamErrorException", {
    message: unexpected,
    originalStatusCode: 500,
    originalMessage: "The model process ended unexpectedly",
  }),
  "local.mid-validation": midException("validationException", {
    message: "The model returned the following errors: Output blocked by content filtering policy",
  }),
  "local.mid-throttling": midException("throttlingException", { message: tooMany }),
  "local.mid-unavailable": midException("serviceUnavailableException", {
    message: "Bedrock is unable to process your request.",
  }),
  "local.first-throttling": faulty("200, and throttlingException as the first frame", () => [
    exception("throttlingException", { message: tooMany }),
  ]),
  "local.cut": afterDeltas("the connection breaks in mid-frame", () => [halfOf(nextFrame()), { do: "cut" }]),
  "local.half-frame": afterDeltas("half a frame, then a clean end", () => [halfOf(nextFrame())]),
  "local.unfinished": afterDeltas("a clean end before messageStop", () => []),
  "local.bad-checksum": afterDeltas("a frame whose checksum is wrong, then the rest", (request) => [
    broken(nextFrame(), -1),
    event("contentBlockStop", { contentBlockIndex: 0 }),
    ...ending(request, "end_turn", 1),
  ]),
  "local.bad-prelude": afterDeltas("a frame whose prelude's checksum is wrong, then the rest", (request) => [
    broken(nextFrame(), 8),
    event("contentBlockStop", { contentBlockIndex: 0 }),
    ...ending(request, "end_turn", 1),
  ]),
  "local.not-json": afterDeltas("a frame whose payload is not JSON", (request) => [
    { do: "bytes", bytes: rawEventFrame("contentBlockDelta", "this is not JSON") },
    event("contentBlockStop", { contentBlockIndex: 0 }),
    ...ending(request, "end_turn", 1),
  ]),
  "local.html": faulty("200, and a web page", () => [
    { do: "respond", response: { status: 200, headers: { "content-type": "text/html" }, body: page } },
  ]),
  "local.stall": afterDeltas("silence without an end", () => [{ do: "hang" }]),
  "local.silence": faulty("200, and never a frame", () => [{ do: "accept" }, { do: "hang" }]),
  "local.mute": faulty("never responds", () => [{ do: "hang" }]),
};

function midException(name: string, payload: JsonObject): ScriptedModel {
  return afterDeltas(name, () => [exception(name, payload)]);
}

function afterDeltas(fault: string, rest: (request: ScriptedRequest) => Iterable<Step>): ScriptedModel {
  return faulty(`some deltas, then ${fault}`, function* (request) {
    yield event("messageStart", { role: "assistant" });
    yield* paced(
      request,
      tokensOf("So far all is well, and then").map((text) => delta(0, { text })),
    );
    yield* rest(request);
  });
}

function faulty(description: string, script: ScriptedModel["script"]): ScriptedModel {
  return { description, script };
}

function nextFrame(): Buffer {
  return eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: " something" } });
}

function halfOf(frame: Buffer): Step {
  return { do: "bytes", bytes: frame.subarray(0, frame.length >> 1) };
}

/** Returns the frame with one wrong byte. A negative offset counts from the end. */
function broken(frame: Buffer, offset: number): Step {
  const at = (offset + frame.length) % frame.length;
  frame.writeUInt8(frame.readUInt8(at) ^ 0xff, at);
  return { do: "bytes", bytes: frame };
}
