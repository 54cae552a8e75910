// Encodes the few frames that this service adds to Bedrock's event stream.
// https://smithy.io/2.0/aws/amazon-eventstream.html
import { crc32 } from "./crc32.ts";

/** `payload` is JSON text. `name` is ASCII, and shorter than 128 characters. */
export function encodeFrame(kind: "event" | "exception", name: string, payload: string): Buffer {
  const headers = `${encodeHeader(`:${kind}-type`, name)}${contentType}${encodeHeader(":message-type", kind)}`;
  const frame = Buffer.from(`${number.repeat(3)}${headers}${payload}${number}`);
  const { length } = frame;
  frame.writeUInt32BE(length);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  frame.writeUInt32BE(crc32(frame.subarray(0, length - 4)), length - 4);
  return frame;
}

/** A header consists of its name's length, the name, the type (7 for a string), the value's length and the value. */
function encodeHeader(name: string, value: string): string {
  return `${String.fromCharCode(name.length)}${name}\x07\0${String.fromCharCode(value.length)}${value}`;
}

const contentType = encodeHeader(":content-type", "application/json");
/** Four bytes that are later overwritten with a number. */
const number = "\0\0\0\0";
