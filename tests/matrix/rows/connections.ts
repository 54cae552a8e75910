// Rows of connections to Bedrock that fail below HTTP or in HTTP's framing.
import { sampleAnswer } from "../../support/frames/aws-frames.ts";
import { begunFrames } from "../../support/frames/begun-answer.ts";
import type { FaultRow } from "../../support/matrix/fault-rows.ts";
import { chunk, head, type Behavior } from "../../support/servers/raw-upstream.ts";

export interface RawRow extends FaultRow {
  behavior: Behavior;
  /** The number of connections that the service makes for the request. Default: one. */
  attempts?: number;
}

const sample = Buffer.concat(sampleAnswer);
const chunkedHead = head.replace("connection: close", "transfer-encoding: chunked");

export const connectionRows: RawRow[] = [
  {
    fault: "resets the connection",
    becomes: "502 UpstreamUnreachable",
    attempts: 2,
    behavior: (socket) => socket.resetAndDestroy(),
  },
  {
    fault: "closes the connection",
    becomes: "502 UpstreamUnreachable",
    attempts: 2,
    behavior: (socket) => socket.end(),
  },
  {
    fault: "resets the connection within the head",
    becomes: "502 UpstreamUnreachable",
    attempts: 2,
    behavior: (socket) => socket.write(head.slice(0, 30), () => socket.resetAndDestroy()),
  },
  {
    fault: "does not speak HTTP",
    becomes: "502 UpstreamInvalid",
    behavior: (socket) => socket.end("220 mail.example ESMTP\r\n"),
  },
  {
    fault: "never finishes its head",
    becomes: "504 UpstreamTimeout",
    behavior: (socket) => socket.write("HTTP/1.1 200 OK\r\nx: "),
  },
  {
    fault: "sends too large a head",
    becomes: "502 UpstreamInvalid",
    behavior: (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(100_000)}\r\n\r\n`),
  },
  {
    fault: "sends early hints and nothing more",
    becomes: "504 UpstreamTimeout",
    behavior: (socket) => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"),
  },
  {
    fault: "switches to another protocol",
    becomes: "502 UpstreamInvalid",
    behavior: (socket) =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"),
  },
  {
    fault: "switches to a protocol without a name",
    becomes: "502 UpstreamInvalid",
    behavior: (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\nanything"),
  },
  { fault: "never responds", becomes: "504 UpstreamTimeout", behavior: () => undefined },
  {
    fault: "sends the head byte by byte",
    becomes: "200 end",
    behavior: (socket) => trickle(socket, Buffer.concat([Buffer.from(head), sample])),
  },
  {
    fault: "sends everything in one-byte chunks",
    becomes: "200 end",
    behavior: (socket) =>
      socket.end(
        Buffer.concat([
          Buffer.from(chunkedHead),
          ...Array.from(sample, (byte) => chunk(Buffer.of(byte))),
          Buffer.from("0\r\n\r\n"),
        ]),
      ),
  },
  {
    fault: "resets the connection in mid-stream",
    becomes: "200 StreamTruncated",
    behavior: (socket) =>
      socket.write(Buffer.concat([Buffer.from(head), ...begunFrames]), () =>
        setTimeout(() => socket.resetAndDestroy(), 100),
      ),
  },
  {
    fault: "closes a chunked response in mid-stream",
    becomes: "200 StreamTruncated",
    behavior: (socket) => socket.end(Buffer.concat([Buffer.from(chunkedHead), ...begunFrames.map(chunk)])),
  },
  {
    fault: "breaks HTTP's framing in mid-stream",
    becomes: "200 StreamTruncated",
    behavior: (socket) =>
      socket.end(Buffer.concat([Buffer.from(chunkedHead), ...begunFrames.map(chunk), Buffer.from("zz\r\n")])),
  },
  {
    fault: "sends less than its content-length",
    becomes: "200 StreamTruncated",
    behavior: (socket) =>
      socket.end(
        Buffer.concat([
          Buffer.from(head.replace("\r\n\r\n", "\r\ncontent-length: 9999\r\n\r\n")),
          ...begunFrames,
        ]),
      ),
  },
  {
    fault: "resets the connection after the complete answer",
    becomes: "200 end",
    behavior: (socket) =>
      socket.write(Buffer.concat([Buffer.from(head), sample]), () =>
        setTimeout(() => socket.resetAndDestroy(), 100),
      ),
  },
  {
    fault: "rejects the request before reading it",
    becomes: "429 ThrottlingException",
    behavior: (socket) =>
      socket.end(
        `HTTP/1.1 429 No\r\nx-amzn-errortype: ThrottlingException\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`,
      ),
    attempts: 2,
  },
];

/** Writes one byte in each turn of the event loop. */
function trickle(socket: Parameters<Behavior>[0], bytes: Buffer): void {
  let at = 0;
  function next(): void {
    if (at === bytes.length) return void socket.end();
    socket.write(bytes.subarray(at, ++at), () => setImmediate(next));
  }
  next();
}
