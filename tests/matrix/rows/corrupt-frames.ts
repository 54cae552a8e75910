// Rows of corrupt frames, each of which has to end the stream.
import { crc32 } from "node:zlib";
import { ending } from "../../../lib/local/bedrock/script.ts";
import { codec, eventFrame, frame } from "../../support/frames/aws-frames.ts";
import { begun } from "../../support/frames/begun-answer.ts";
import type { ScriptedRow } from "../../support/matrix/fault-rows.ts";

/** A valid delta with an additional header of one byte. The rows below corrupt copies of it. */
const soundFrame = Buffer.from(
  codec.encode({
    headers: {
      ":message-type": { type: "string", value: "event" },
      ":event-type": { type: "string", value: "contentBlockDelta" },
      x: { type: "binary", value: Uint8Array.of(1) },
    },
    body: Buffer.from(`{"contentBlockIndex":0,"delta":{"text":" more"}}`),
  }),
);

/** Changes some bytes of a copy of `soundFrame`. "resealed" makes the copy's checksums correct again. */
function spoiled(change: (copy: Buffer) => unknown, resealed: "resealed" | "as it is" = "resealed"): Buffer {
  const copy = Buffer.from(soundFrame);
  change(copy);
  if (resealed === "as it is") return copy;
  copy.writeUInt32BE(crc32(copy.subarray(0, 8)), 8);
  copy.writeUInt32BE(crc32(copy.subarray(0, -4)), copy.length - 4);
  return copy;
}

function corrupt(fault: string, data: Uint8Array): ScriptedRow {
  const lines: ScriptedRow["lines"] = ["start", "messageStart", "contentBlockDelta", "error"];
  // Ends the answer properly after the corrupt frame. The function must not read this ending.
  const script: ScriptedRow["script"] = (request) => [
    ...begun,
    { do: "bytes", bytes: data },
    ...ending(request, "end_turn", 1),
  ];
  return { fault, becomes: "200 StreamCorrupt", lines, script };
}

export const corruptRows: ScriptedRow[] = [
  corrupt(
    "a length of 4 GB",
    spoiled((copy) => copy.writeUInt32BE(0xffff_ffff, 0)),
  ),
  corrupt(
    "a length that is too short",
    spoiled((copy) => copy.writeUInt32BE(15, 0)),
  ),
  corrupt(
    "headers of 2 GB",
    spoiled((copy) => copy.writeUInt32BE(0x7fff_ffff, 4)),
  ),
  corrupt(
    "a wrong checksum of the prelude",
    // The message checksum is correct, so only a check of the prelude finds the error.
    spoiled((copy) => {
      copy[8]! ^= 1;
      copy.writeUInt32BE(crc32(copy.subarray(8, -4), copy.readUInt32BE(8)), copy.length - 4);
    }, "as it is"),
  ),
  corrupt(
    "a length with a wrong bit",
    spoiled((copy) => (copy[1]! ^= 0x10), "as it is"),
  ),
  corrupt(
    "a wrong checksum of the message",
    spoiled((copy) => (copy[copy.length - 1]! ^= 1), "as it is"),
  ),
  corrupt(
    "a wrong bit in the payload",
    spoiled((copy) => (copy[copy.length - 9]! ^= 1), "as it is"),
  ),
  corrupt(
    "a header of an unknown type",
    spoiled((copy) => copy.writeUInt8(10, 12 + copy.readUInt32BE(4) - 4)),
  ),
  corrupt(
    "a header that is cut short",
    spoiled((copy) => copy.writeUInt8(250, 12)),
  ),
  corrupt("a frame without headers", codec.encode({ headers: {}, body: Buffer.from("{}") })),
  corrupt("a frame of an unknown kind", frame({ ":message-type": "rumour" }, "{}")),
  corrupt("an event without a name", frame({ ":message-type": "event" }, "{}")),
  corrupt("an event whose name has a line break", eventFrame('x"\n', {})),
  corrupt("a payload that is not JSON", frame({ ":message-type": "event", ":event-type": "x" }, "secret")),
  corrupt(
    "a payload that is not UTF-8",
    spoiled((copy) => copy.writeUInt8(0xff, copy.length - 9)),
  ),
  corrupt("a payload that is an array", eventFrame("x", [1])),
  corrupt("a payload that is null", eventFrame("x", null)),
  corrupt("a web page in mid-stream", Buffer.from("<!doctype html><title>Sign in</title>")),
];
