// The scripted models that fail after the status 200: exceptions, broken frames, cut connections, silence.
import type { ErrorName } from "../../stream/converse-error.ts";
import { eventFrame, rawEventFrame } from "./frames.ts";
import { delta, ending, event, exception, paced, tokensOf } from "./script.ts";
import type { ScriptedModel, ScriptedRequest, Step } from "./script.ts";
import { unexpectedError } from "./scripted-errors.ts";
import type { JsonObject } from "../../wire.ts";

const tooMany = "Too many tokens, please wait before trying again.";
const page = "<!doctype html><title>Sign in</title><p>This network asks you to sign in first.</p>";

export const faultModels: Record<string, ScriptedModel> = {
  "local.mid-internal": midException("InternalServerException", { message: unexpectedError }),
  "local.mid-model-error": midException("ModelStreamErrorException", {
    message: unexpectedError,
    originalStatusCode: 500,
    originalMessage: "The model process ended unexpectedly",
  }),
  "local.mid-validation": midException("ValidationException", {
    message: "The model returned the following errors: Output blocked by content filtering policy",
  }),
  "local.mid-throttling": midException("ThrottlingException", { message: tooMany }),
  "local.mid-unavailable": midException("ServiceUnavailableException", {
    message: "Bedrock is unable to process your request.",
  }),
  "local.first-throttling": faulty(
    "ThrottlingException",
    "200, and throttlingException as the first frame",
    () => [exception("throttlingException", { message: tooMany })],
  ),
  "local.cut": afterDeltas("StreamTruncated", "the connection breaks in mid-frame", () => [
    halfOf(nextFrame()),
    { do: "cut" },
  ]),
  "local.half-frame": afterDeltas("StreamTruncated", "half a frame, then a clean end", () => [
    halfOf(nextFrame()),
  ]),
  "local.unfinished": afterDeltas("StreamTruncated", "a clean end before messageStop", () => []),
  "local.bad-checksum": afterDeltas(
    "StreamCorrupt",
    "a frame whose checksum is wrong, then the rest",
    (request) => [
      broken(nextFrame(), -1),
      event("contentBlockStop", { contentBlockIndex: 0 }),
      ...ending(request, "end_turn", 1),
    ],
  ),
  "local.bad-prelude": afterDeltas(
    "StreamCorrupt",
    "a frame whose prelude's checksum is wrong, then the rest",
    (request) => [
      broken(nextFrame(), 8),
      event("contentBlockStop", { contentBlockIndex: 0 }),
      ...ending(request, "end_turn", 1),
    ],
  ),
  "local.not-json": afterDeltas("StreamCorrupt", "a frame whose payload is not JSON", (request) => [
    { do: "bytes", bytes: rawEventFrame("contentBlockDelta", "this is not JSON") },
    event("contentBlockStop", { contentBlockIndex: 0 }),
    ...ending(request, "end_turn", 1),
  ]),
  "local.html": faulty("UpstreamInvalid", "200, and a web page", () => [
    { do: "respond", response: { status: 200, headers: { "content-type": "text/html" }, body: page } },
  ]),
  "local.stall": afterDeltas("UpstreamTimeout", "silence without an end", () => [{ do: "hang" }]),
  "local.silence": faulty("UpstreamTimeout", "200, and never a frame", () => [
    { do: "accept" },
    { do: "hang" },
  ]),
  "local.mute": faulty("UpstreamTimeout", "never responds", () => [{ do: "hang" }]),
};

/** In an exception frame, the name begins in lower case. */
function midException(becomes: ErrorName, payload: JsonObject): ScriptedModel {
  const name = `${becomes.charAt(0).toLowerCase()}${becomes.slice(1)}`;
  return afterDeltas(becomes, name, () => [exception(name, payload)]);
}

function afterDeltas(
  becomes: ErrorName,
  fault: string,
  rest: (request: ScriptedRequest) => Iterable<Step>,
): ScriptedModel {
  return faulty(becomes, `some deltas, then ${fault}`, function* (request) {
    yield event("messageStart", { role: "assistant" });
    yield* paced(
      request,
      tokensOf("So far all is well, and then").map((text) => delta(0, { text })),
    );
    yield* rest(request);
  });
}

function faulty(becomes: ErrorName, description: string, script: ScriptedModel["script"]): ScriptedModel {
  return { description, becomes, script };
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
