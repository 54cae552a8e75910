// Parses the headers of an event-stream frame: names and typed values.
// https://smithy.io/2.0/aws/amazon-eventstream.html#headers-wire-format

export type HeaderValue = string | number | bigint | boolean | Uint8Array | Date;

/** The bytes violate the format, so nothing after them can be decoded. */
export class EventStreamCorrupt extends Error {
  override name = "EventStreamCorrupt" as const;
}

/** Throws `EventStreamCorrupt` if a header is cut short or has an unknown type. */
export function parseHeaders(bytes: Buffer): Map<string, HeaderValue> {
  const headers = new Map<string, HeaderValue>();
  try {
    for (let at = 0; at < bytes.length;) {
      const nameEnd = at + 1 + bytes.readUInt8(at);
      const type = bytes.readUInt8(nameEnd);
      const { value, end } = readValue(bytes, type, nameEnd + 1);
      if (end > bytes.length) throw new RangeError("A header ends beyond the headers");
      headers.set(bytes.toString("utf8", at + 1, nameEnd), value);
      at = end;
    }
  } catch (error) {
    if (error instanceof RangeError)
      throw new EventStreamCorrupt("a frame's headers are cut short", { cause: error });
    throw error;
  }
  return headers;
}

/** Reads a header's value, which has one of ten types. */
function readValue(bytes: Buffer, type: number, at: number): { value: HeaderValue; end: number } {
  if (type === 0 || type === 1) return { value: type === 0, end: at };
  if (type === 2) return { value: bytes.readInt8(at), end: at + 1 };
  if (type === 3) return { value: bytes.readInt16BE(at), end: at + 2 };
  if (type === 4) return { value: bytes.readInt32BE(at), end: at + 4 };
  if (type === 5) return { value: bytes.readBigInt64BE(at), end: at + 8 };
  if (type === 8) return { value: new Date(Number(bytes.readBigInt64BE(at))), end: at + 8 };
  if (type === 9) return { value: Uint8Array.from(bytes.subarray(at, at + 16)), end: at + 16 };
  if (type !== 6 && type !== 7) throw new EventStreamCorrupt(`a header has the unknown type ${type}`);
  const end = at + 2 + bytes.readUInt16BE(at);
  if (type === 7) return { value: bytes.toString("utf8", at + 2, end), end };
  return { value: Uint8Array.from(bytes.subarray(at + 2, end)), end };
}
