// Responds to bytes that are not a valid HTTP/1.1 request: with an error status, or with an HTTP/2 error if they are HTTP/2.
import type { Duplex } from "node:stream";

/** The same statuses as Node sends for these errors if `clientError` has no listener. All other errors in HTTP/1.1 get 400. */
const statuses: Record<string, string> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** A listener for the event `clientError` of Node's HTTP server. */
export function rejectMalformed({ code = "" }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  if (code === "HPE_PAUSED_H2_UPGRADE") return void socket.end(http11Required());
  socket.end(`HTTP/1.1 ${statuses[code] ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`);
}

/**
 * An empty SETTINGS frame, and a GOAWAY frame with HTTP_1_1_REQUIRED. On AWS, client and server agree on HTTP/1.1 in the TLS
 * handshake. Without TLS, this frame is the only way to ask for HTTP/1.1. An HTTP/2 client would report an HTTP/1.1 status as a
 * protocol error.
 * https://www.rfc-editor.org/rfc/rfc9113#section-6.8
 */
function http11Required(): Buffer {
  const reason = Buffer.from("A Function URL speaks HTTP/1.1 only");
  const settings = frame(4, Buffer.alloc(0));
  const goAway = Buffer.alloc(8);
  goAway.writeUInt32BE(0xd, 4);
  return Buffer.concat([settings, frame(7, Buffer.concat([goAway, reason]))]);
}

function frame(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  return Buffer.concat([head, payload]);
}
