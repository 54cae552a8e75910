// The service that the cases of `cases.ts` call. It has an answer for each case, and records the caller's requests and
// disconnections.
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { sampleBytes, sampleEvents, toLines } from "../support/frames/sample-stream.ts";
import { findFault } from "../support/requests/wire-verifier.ts";
import { readBody, serve, type TestServer } from "../support/servers/http-server.ts";
import {
  sendJson,
  sendStream,
  serviceCredentials,
  serviceRegion,
  streamHeaders,
  wireError,
} from "../support/servers/line-service.ts";

/** The service's record of one case. The cases read it at `/seen?<case>`. */
interface Seen {
  requests: number;
  /** Whether the connection of the last request was closed before the whole response was written, by either side. */
  closed: boolean;
  /** Bytes of the last answer that the service has written so far. */
  written: number;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The request's `prompt`. */
  prompt: string;
  seen: Seen;
}

export interface CaseService extends TestServer {
  /** Resolves with the outcomes that `runCases` posts. */
  outcomes: Promise<unknown>;
  /** The number of preflight requests so far, which only browsers send. */
  preflights(): number;
}

/**
 * `script` returns the module that runs the cases. Browsers open the page `/page`, which loads the module, at the host
 * `localhost`. The cases call 127.0.0.1, so that their requests are cross-origin.
 */
export async function startCaseService(script: () => string): Promise<CaseService> {
  const all = new Map<string, Seen>();
  let preflights = 0;
  let resolve: (outcomes: unknown) => void;
  const outcomes = new Promise((resolveOutcomes) => (resolve = resolveOutcomes));

  async function listen(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
    allowOrigin(request, response);
    if (request.method === "OPTIONS") {
      preflights += 1;
      response.writeHead(204).end();
    } else if (pathname === "/page") {
      const page = `<!doctype html><meta charset="utf-8"><script type="module" src="/script.js"></script>`;
      response.writeHead(200, { "content-type": "text/html" }).end(page);
    } else if (pathname === "/script.js") {
      response.writeHead(200, { "content-type": "text/javascript" }).end(script());
    } else if (pathname === "/outcomes") {
      resolve(JSON.parse((await readBody(request)).toString()));
      response.end();
    } else if (pathname === "/seen") {
      sendJson(response, 200, seenOf(search.slice(1)));
    } else await answer(pathname.slice(1), request, response);
  }

  async function answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const expected = { credentials: serviceCredentials, service: "lambda", region: serviceRegion };
    const fault = await findFault(request, body, expected);
    if (fault !== undefined) {
      sendJson(response, 403, { message: fault }, { "x-amzn-errortype": "InvalidSignatureException" });
      return;
    }
    const seen = seenOf(name);
    seen.requests += 1;
    seen.closed = false;
    response.on("close", () => (seen.closed = !response.writableFinished));
    const { prompt } = JSON.parse(body.toString()) as { prompt: string };
    await answers[name.replace(/-\d+$/, "")]?.({ request, response, prompt, seen });
  }

  function seenOf(name: string): Seen {
    const seen = all.get(name) ?? { requests: 0, closed: false, written: 0 };
    all.set(name, seen);
    return seen;
  }

  const server = await serve((request, response) => void listen(request, response));
  return { ...server, outcomes, preflights: () => preflights };
}

/** The CORS headers of a service that is deployed with `corsOrigins`. */
function allowOrigin({ headers }: IncomingMessage, response: ServerResponse): void {
  if (headers.origin === undefined) return;
  response.setHeader("access-control-allow-origin", headers.origin);
  response.setHeader("access-control-allow-headers", headers["access-control-request-headers"] ?? "");
  response.setHeader("access-control-allow-methods", "POST");
  response.setHeader("access-control-expose-headers", "retry-after,x-amzn-errortype,x-amzn-requestid");
  response.setHeader("access-control-max-age", "600");
}

/** The sample answer up to the first piece of its text, "Grüße, ". */
const beginning = toLines(sampleEvents.slice(0, 8));
const ending = toLines(sampleEvents.slice(8));
const largeDelta = { type: "contentBlockDelta", contentBlockIndex: 0, delta: { text: "x".repeat(1000) } };

const answers: Record<string, (exchange: Exchange) => unknown> = {
  whole: ({ response }) => sendStream(response, sampleBytes),
  bytewise: async ({ response }) => {
    response.writeHead(200, streamHeaders);
    for (const byte of sampleBytes) {
      response.write(Uint8Array.of(byte));
      await soon();
    }
    response.end();
  },
  cut: async ({ response, prompt }) => {
    const [length = 0, isReset] = JSON.parse(prompt) as [number, boolean];
    response.writeHead(200, streamHeaders).write(sampleBytes.subarray(0, length));
    // Waits until the bytes have been sent, because a reset discards unsent bytes.
    await soon();
    if (isReset) response.destroy();
    else response.end();
  },
  "error-line": ({ response }) => {
    const failed = wireError("ModelStreamErrorException", true);
    response.writeHead(200, streamHeaders).end(Buffer.concat([beginning, toLines([failed])]));
  },
  status: ({ response, prompt }) => {
    const status = Number(prompt);
    const error = wireError(`Name${status}`, status === 429 || status === 503);
    sendJson(response, status, error, { "retry-after": "7" });
  },
  redirect: ({ response }) => response.writeHead(307, { location: "https://example.com/" }).end(),
  "not-from-the-service": ({ response, prompt }) => {
    const headers = { "x-amzn-errortype": "AccessDeniedException", "x-amzn-requestid": "aws-1" };
    sendJson(response, Number(prompt), { Message: "Forbidden" }, headers);
  },
  "busy-once": ({ response, seen }) => {
    if (seen.requests === 1) sendJson(response, 503, wireError("Busy", true), { "retry-after": "0" });
    else sendStream(response, sampleBytes);
  },
  "never-answers": () => undefined,
  endless: ({ response }) => response.writeHead(200, streamHeaders).write(beginning),
  "no-end-of-body": ({ response }) => response.writeHead(200, streamHeaders).write(sampleBytes),
  pings: async ({ response }) => {
    response.writeHead(200, streamHeaders).write(beginning);
    for (let index = 0; index < 8; index += 1) {
      await later(300);
      response.write(toLines([{ type: "ping" }]));
    }
    response.end(ending);
  },
  flood: async ({ response, seen }) => {
    response.writeHead(200, streamHeaders).write(toLines(sampleEvents.slice(0, 2)));
    const chunk = toLines(Array.from({ length: 64 }, () => largeDelta));
    while (!response.destroyed && seen.written < 256 * 1024 * 1024) {
      const goesOn = response.write(chunk);
      seen.written += chunk.length;
      if (!goesOn) await drainOrClose(response);
    }
  },
  gzip: ({ response }) => {
    response.writeHead(200, { ...streamHeaders, "content-encoding": "gzip" }).end(gzipSync(sampleBytes));
  },
  "gzip-unsaid": ({ response }) => sendStream(response, gzipSync(sampleBytes)),
  "cut-to-length": ({ response }) => {
    response.writeHead(200, { ...streamHeaders, "content-length": beginning.length }).end(beginning);
  },
};

function soon(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function drainOrClose(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    function go(): void {
      response.off("drain", go).off("close", go);
      resolve();
    }
    response.on("drain", go).on("close", go);
  });
}
