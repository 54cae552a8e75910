// A local Function URL that invokes the test's own function, and signed requests to it.
import { once } from "node:events";
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import type { RequestReport } from "../../../lib/local/function-url/url-exchange.ts";
import type { FunctionUrlOptions } from "../../../lib/local/function-url/function-url-options.ts";
import { startFunctionUrl } from "../../../lib/local/function-url/start-function-url.ts";
import { integrationResponseType } from "../../../lib/local/function-url/response-prelude.ts";
import type { Invocation } from "../../../lib/local/invocation.ts";
import { waitFor } from "../deadline.ts";
import { knownKeys, sign, type AwsSigningOptions, type Unsigned } from "../requests/signing.ts";

export interface TestUrl {
  url: string;
  port: number;
  close: () => Promise<void>;
  /** The invocations so far. */
  invocations: Invocation[];
  /** The streams that the function writes its answers to, one for each invocation. */
  answers: PassThrough[];
  /** Resolves with the stream of invocation number `times` (default: 1) when this invocation has begun. */
  invoked: (times?: number) => Promise<PassThrough>;
  /** Resolves with the report of the next request that ends. */
  reported: () => Promise<RequestReport>;
}

export async function startUrl(
  options: Partial<FunctionUrlOptions> & { contentType?: string; answer?: (body: PassThrough) => void } = {},
): Promise<TestUrl> {
  const events = new PassThrough({ objectMode: true });
  const invocations: Invocation[] = [];
  const answers: PassThrough[] = [];
  const reports: RequestReport[] = [];
  const started = await startFunctionUrl({
    region: "us-east-1",
    credentials: (accessKeyId) => knownKeys[accessKeyId],
    invoke: async (invocation) => {
      const body = new PassThrough();
      invocations.push(invocation);
      answers.push(body);
      events.emit("invoked");
      options.answer?.(body);
      return { contentType: options.contentType ?? integrationResponseType, body };
    },
    ...options,
    onRequest: (report) => {
      reports.push(report);
      events.emit("reported");
    },
  });
  onTestFinished(() => started.close());
  return { ...started, invocations, answers, invoked, reported };

  async function invoked(times = 1): Promise<PassThrough> {
    while (answers.length < times) await waitFor("an invocation", once(events, "invoked"));
    return answers[times - 1]!;
  }

  async function reported(): Promise<RequestReport> {
    while (reports.length === 0) await waitFor("the report of a request", once(events, "reported"));
    return reports.shift()!;
  }
}

/** The prelude that the runtime client writes, including its delimiter. */
export function prelude(metadata: unknown): Buffer {
  return Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(8)]);
}

/** Makes a function that writes a complete answer. */
export function answerWith(metadata: unknown, text = ""): (body: PassThrough) => void {
  return (body) => {
    body.write(prelude(metadata));
    body.end(text);
  };
}

/**
 * Opens a request that is signed for the URL's host and the current time. The test sends the body. The headers in `unsent` are
 * sent as well, but not signed.
 */
export async function openRequest(
  { port }: { port: number },
  unsigned: Unsigned = {},
  options: AwsSigningOptions & { agent?: Agent; unsent?: Record<string, string> } = {},
): Promise<ClientRequest> {
  const headers = { host: `127.0.0.1:${port}`, ...unsigned.headers };
  const signed = await sign({ ...unsigned, headers }, { date: new Date(), ...options });
  return httpRequest({
    host: "127.0.0.1",
    port,
    method: signed.method,
    path: signed.target,
    // Node writes strings as latin1: https://github.com/nodejs/node/issues/17390
    headers: {
      ...Object.fromEntries(
        signed.headers.map(([name, value]) => [name, Buffer.from(value).toString("latin1")]),
      ),
      ...options.unsent,
    },
    agent: options.agent ?? new Agent(),
  });
}

/** Sends a signed request. Resolves when the head of the response has arrived. */
export async function call(...parameters: Parameters<typeof openRequest>): Promise<IncomingMessage> {
  const request = await openRequest(...parameters);
  request.end(parameters[1]?.body);
  return responseTo(request);
}

export async function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = await waitFor("the head of the response", once(request, "response"));
  return response as IncomingMessage;
}

export async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  const read = async () => {
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  return waitFor("the end of the response", read());
}

/** Resolves with the next chunk of a response that has not ended. */
export async function nextPiece(response: IncomingMessage): Promise<string> {
  const [chunk] = await waitFor("the next piece of the response", once(response, "data"));
  return String(chunk);
}
