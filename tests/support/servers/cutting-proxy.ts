// A proxy that passes requests to a service, and cuts the responses where a test says.
import { request as sendRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { readBody, serve } from "./http-server.ts";

/** What happens to a response. */
export interface Cut {
  /** The number of bytes of the body that pass. With 0, the head does not pass either. Default: all bytes pass. */
  afterBytes?: number;
  /** Whether the connection ends as if the response were complete, instead of with an error. Default: false. */
  cleanly?: boolean;
  /** Keeps the connection open in silence instead of closing it. Default: false. */
  silently?: boolean;
  /** Refuses the request before the service gets it: the connection is closed at once. Default: false. */
  refuses?: boolean;
}

export interface CuttingProxy {
  url: string;
  /** The bodies of the requests that came, in order. */
  bodies: string[];
}

/** `cutFor` is called for each request with its number, from 0, and its body. The proxy is closed at the end of the test. */
export async function startCuttingProxy(
  target: string,
  cutFor: (index: number, body: string) => Cut,
): Promise<CuttingProxy> {
  const bodies: string[] = [];
  const server = await serve(async (incoming, outgoing) => {
    const body = await readBody(incoming);
    const index = bodies.push(body.toString()) - 1;
    const cut = cutFor(index, body.toString());
    if (cut.refuses) return void incoming.socket.destroy();
    const { method, url = "/", headers } = incoming;
    const options = { method, headers, agent: false };
    const passed = sendRequest(new URL(url, target), options, (response) => {
      pass(response, outgoing, cut);
    });
    passed.on("error", () => outgoing.destroy());
    // The proxy has read the whole request, so the service gets it even if the caller disconnects at once.
    passed.end(body);
  });
  onTestFinished(() => server.close());
  return { url: server.url, bodies };
}

function pass(response: IncomingMessage, outgoing: ServerResponse, cut: Cut): void {
  let left = cut.afterBytes ?? Infinity;
  outgoing.on("close", () => response.destroy());
  const { "transfer-encoding": _, ...headers } = response.headers;
  // A body that has neither a length nor chunks counts as complete when the connection ends.
  if (cut.cleanly) outgoing.useChunkedEncodingByDefault = false;
  if (left === 0) return end(response, outgoing, cut);
  outgoing.writeHead(response.statusCode!, headers);
  response.on("data", (chunk: Buffer) => {
    if (left <= 0) return;
    const taken = chunk.subarray(0, left);
    left -= taken.length;
    if (left > 0) outgoing.write(taken);
    // The bytes must be out before the connection is closed.
    else outgoing.write(taken, () => end(response, outgoing, cut));
  });
  response.on("end", () => {
    if (left > 0) outgoing.end();
  });
  response.on("error", () => outgoing.destroy());
}

function end(response: IncomingMessage, outgoing: ServerResponse, { cleanly, silently }: Cut): void {
  if (silently) return;
  response.destroy();
  // If no head has been sent, `end` would make Node send a head of its own.
  if (cleanly && outgoing.headersSent) outgoing.end();
  else outgoing.destroy();
}
