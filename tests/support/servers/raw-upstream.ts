// A server in place of Bedrock that does not use an HTTP library. Each model is a function that gets the socket as soon as the
// whole request has arrived, and writes the bytes of the response itself.
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { sampleAnswer } from "../frames/aws-frames.ts";
import { waitFor } from "../deadline.ts";

export type Behavior = (socket: Socket) => void;

export interface RawUpstream {
  url: string;
  /** Resolves when every connection with a request for the model has closed. */
  over(model: string): Promise<void>;
  /** The number of connections with a request for the model. */
  attempts(model: string): number;
  close(): Promise<void>;
}

/** The head of a response that ends when the connection closes. */
export const head =
  "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\nconnection: close\r\n\r\n";

/** A request for the model `local.echo` always gets a complete answer. */
export async function startRawUpstream(behaviors: Record<string, Behavior>): Promise<RawUpstream> {
  const all: Record<string, Behavior> = { ...behaviors, "local.echo": answerWell };
  const asked = new Map<string, Socket[]>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined).once("close", () => sockets.delete(socket)));
    let received = "";
    socket.on("data", function collect(chunk: Buffer) {
      received += chunk.toString("latin1");
      const model = modelOfComplete(received);
      if (model === undefined) return;
      socket.off("data", collect).resume();
      asked.set(model, [...(asked.get(model) ?? []), socket]);
      all[model]?.(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    attempts: (model) => asked.get(model)?.length ?? 0,
    async over(model) {
      const open = (asked.get(model) ?? []).filter((socket) => !socket.closed);
      await waitFor(`The end of ${model}'s connections`, Promise.all(open.map((one) => once(one, "close"))));
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function answerWell(socket: Socket): void {
  socket.end(Buffer.concat([Buffer.from(head), ...sampleAnswer]));
}

/** The model of a complete request, or undefined if the request is not complete yet. */
function modelOfComplete(request: string): string | undefined {
  const end = request.indexOf("\r\n\r\n");
  const [, length = 0] = /content-length: (\d+)/i.exec(request) ?? [];
  if (end === -1 || request.length < end + 4 + Number(length)) return undefined;
  return decodeURIComponent(/^POST \/model\/([^/]+)\//.exec(request)?.[1] ?? "");
}

/** Frames bytes as a chunk of HTTP's chunked encoding. */
export function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

/** Fills the queue of a listener that accepts no connections, so that the next connection is never established. */
export async function fillQueue(port: number, count: number): Promise<() => void> {
  const sockets = Array.from({ length: count }, () =>
    connect(port, "127.0.0.1").on("error", () => undefined),
  );
  await Promise.race(sockets.map((socket) => once(socket, "connect")));
  return () => sockets.forEach((socket) => socket.destroy());
}
