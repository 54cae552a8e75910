// A caller without an HTTP library: the test writes signed bytes to a socket, and controls when the response is read.
import { once } from "node:events";
import { connect, type OnReadOpts, type Socket } from "node:net";
import { waitFor } from "../deadline.ts";
import { caller } from "../servers/local-stack.ts";
import { sign } from "../requests/signing.ts";

export interface BareRequest {
  head: Buffer;
  body: Buffer;
}

interface RequestOptions {
  method?: string;
  /** Default: `/`. */
  target?: string;
  headers?: Record<string, string>;
  /** The time of the caller's clock. Default: now. */
  date?: Date;
  secretAccessKey?: string;
}

export async function bareRequest(
  url: string,
  request: object,
  options: RequestOptions = {},
): Promise<BareRequest> {
  const { method = "POST", target = "/", headers, date = new Date() } = options;
  const { secretAccessKey = caller.secretAccessKey } = options;
  const body = Buffer.from(JSON.stringify(request));
  const signed = await sign(
    {
      method,
      target,
      body,
      headers: { host: new URL(url).host, "content-type": "application/json", ...headers },
    },
    { ...caller, secretAccessKey, date },
  );
  const framing: [string, string][] =
    headers?.["transfer-encoding"] === undefined ? [["content-length", String(body.length)]] : [];
  const lines = [...signed.headers, ...framing].map(([name, value]) => `${name}: ${value}\r\n`);
  return { head: Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`), body };
}

export async function openConnection(url: string, onread?: OnReadOpts): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true, ...(onread && { onread }) });
  socket.on("error", () => undefined);
  await waitFor("The connection", once(socket, "connect"));
  return socket;
}

/** Opens a connection that reads one byte every `byteMs` milliseconds, and leaves unread bytes in the kernel's buffer. */
export async function openSlowReader(
  url: string,
  byteMs: number,
): Promise<{ socket: Socket; until(text: string): Promise<string> }> {
  let received = "";
  let check = (): void => undefined;
  const buffer = Buffer.alloc(1);
  const socket = await openConnection(url, {
    buffer,
    callback() {
      received += String.fromCharCode(buffer[0]!);
      check();
      setTimeout(() => socket.resume(), byteMs);
      return false;
    },
  });
  async function until(text: string): Promise<string> {
    const found = new Promise<void>((resolve) => {
      check = () => {
        if (received.includes(text)) resolve();
      };
      check();
    });
    await waitFor(`${JSON.stringify(text)} a byte at a time`, found);
    return received;
  }

  return { socket, until };
}

/** Sends all bytes. Resolves with the received text when the connection closes or the text contains `until`. */
export async function exchange(socket: Socket, bytes: Uint8Array, until?: string): Promise<string> {
  let received = "";
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (data: Buffer) => {
      received += data.toString("latin1");
      if (until !== undefined && received.includes(until)) resolve();
    });
    socket.once("close", () => resolve());
  });
  socket.write(bytes);
  await waitFor(`The answer${until === undefined ? "'s end" : ` up to ${until}`}`, ended);
  return received;
}

/** Sends all bytes on a new connection, and closes it afterwards. Resolves with the same text as {@link exchange}. */
export async function sendAll(url: string, bytes: Uint8Array, until?: string): Promise<string> {
  const socket = await openConnection(url);
  const received = await exchange(socket, bytes, until);
  socket.destroy();
  return received;
}

export function requestIdOf(received: string): string {
  return /x-amzn-requestid: (\S+)/i.exec(received)?.[1] ?? "";
}
