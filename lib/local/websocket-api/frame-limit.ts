// Detects a client's frame that is too long. The WebSocket library has a limit for messages, but none for frames.
// https://www.rfc-editor.org/rfc/rfc6455#section-5.2
import type { Duplex } from "node:stream";

/**
 * Calls back once, as soon as the header of a frame announces a payload of more than `limit` bytes. The library must already be
 * reading the socket.
 */
export function watchFrames(socket: Duplex, limit: number, onTooLong: () => void): void {
  let header = Buffer.alloc(0);
  /** Bytes of the current frame's mask and payload that are still to come. */
  let skipped = 0;

  function inspect(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const skip = Math.min(skipped, rest.length);
      skipped -= skip;
      rest = rest.subarray(skip);
      if (skipped > 0 || rest.length === 0) return;
      const missing = headerLength(header) - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < headerLength(header)) continue;
      const payload = payloadLength(header);
      if (payload > limit) {
        socket.off("data", inspect);
        return onTooLong();
      }
      const isMasked = (header[1]! & 0x80) !== 0;
      skipped = payload + (isMasked ? 4 : 0);
      header = Buffer.alloc(0);
    }
  }

  // This listener has to run before the library's listener, which would otherwise already have read the frame.
  socket.prependListener("data", inspect);
}

/** The length of a frame's header without the mask: two bytes, and two or eight more for a longer payload's length. */
function headerLength(header: Buffer): number {
  if (header.length < 2) return 2;
  const short = header[1]! & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

function payloadLength(header: Buffer): number {
  const short = header[1]! & 0x7f;
  if (short < 126) return short;
  return short === 126 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2));
}
