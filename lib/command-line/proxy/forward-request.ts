// Forwards one request: checks the caller, signs, sends, and streams the answer back as it arrives.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { Credentials, CredentialsProvider } from "../../signer/index.ts";
import { resolveCredentials } from "../../signer/credentials.ts";
import { signRequest } from "../../signer/node/sign-request.ts";
import { untilAborted } from "../../shared/abort.ts";
import { maxLambdaRequestBytes, receiveBody } from "../../shared/receive-body.ts";
import { type CallerRules, checkCaller } from "./check-caller.ts";
import { requestHeaders } from "./forwarded-headers.ts";
import { forwardedTarget } from "./forwarded-target.ts";
import { ProxyError, upstreamError } from "./proxy-error.ts";
import { cut, openProxyExchange, type ProxyExchange, type ProxyReport, refuse } from "./proxy-exchange.ts";
import { relayAnswer } from "./relay-answer.ts";

export interface Forwarding {
  /** The service's URL. */
  url: URL;
  region: string | undefined;
  /** A provider is called for each request. */
  credentials: Credentials | CredentialsProvider;
  dispatcher: Dispatcher;
  /** Milliseconds without a byte from the service, after which a request fails. */
  silenceMs: number;
  rules: CallerRules;
  onRequest: (report: ProxyReport) => void;
}

const methods = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

/** Never rejects, so no request can end the process. */
export async function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  forwarding: Forwarding,
): Promise<void> {
  const exchange = openProxyExchange(request, response, forwarding.onRequest);
  try {
    const upstream = await send(exchange, forwarding);
    await relayAnswer(exchange, upstream);
  } catch (error) {
    if (exchange.signal.aborted || request.socket.destroyed) return;
    if (response.headersSent) {
      exchange.ended = "cut";
      exchange.error = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
      return cut(exchange);
    }
    if (!(error instanceof ProxyError)) exchange.bug = error;
    await refuse(exchange, error instanceof ProxyError ? error : internalError());
  }
}

async function send(exchange: ProxyExchange, forwarding: Forwarding): Promise<Dispatcher.ResponseData> {
  const { request, signal } = exchange;
  const { url: service, dispatcher, silenceMs } = forwarding;
  checkCaller(request, forwarding.rules);
  const method = checkMethod(request.method ?? "");
  const target = forwardedTarget(service, request.url ?? "");
  const { signable, others } = requestHeaders(request.headers);
  const body = await readBody(request);
  const credentials = await untilAborted(findCredentials(forwarding), signal);
  const headers = await sign(
    { method, url: target.url, headers: signable, body },
    { ...forwarding, credentials },
  );
  signal.throwIfAborted();
  try {
    return await dispatcher.request({
      origin: service.origin,
      path: target.path,
      method,
      headers: { ...headers, ...others },
      body: body ?? null,
      signal,
      headersTimeout: silenceMs,
      // undici stops this timer while backpressure pauses the body.
      bodyTimeout: silenceMs,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw upstreamError(error, service, silenceMs);
  }
}

/** Rejects with a {@link ProxyError} if there are no usable credentials. */
export async function findCredentials({ credentials }: Forwarding): Promise<Credentials> {
  try {
    return await resolveCredentials(credentials);
  } catch (cause) {
    throw new ProxyError("NoCredentials", (cause as Error).message, { cause });
  }
}

async function sign(
  request: { method: string; url: URL; headers: Record<string, string>; body: Buffer | undefined },
  { region, credentials }: { region: string | undefined; credentials: Credentials },
): Promise<Record<string, string>> {
  try {
    return await signRequest(request, { credentials, region, service: "lambda" });
  } catch (cause) {
    throw new ProxyError("InvalidRequest", (cause as Error).message, { cause });
  }
}

/** Reads the complete body before anything is sent, because the signature covers its hash. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const received = await receiveBody(request, maxLambdaRequestBytes);
  if (received.kind === "complete") return received.bytes.length === 0 ? undefined : received.bytes;
  if (received.kind === "cut") {
    request.socket.destroy();
    throw new Error("The caller has disconnected, so nobody sees this");
  }
  throw new ProxyError(
    "PayloadTooLarge",
    `Cannot forward the request: its body has more than ${maxLambdaRequestBytes} bytes, Lambda's limit; send less`,
  );
}

function checkMethod(method: string): string {
  if (methods.has(method)) return method;
  throw new ProxyError(
    "MethodNotAllowed",
    `Cannot forward the method ${method}: a Function URL takes ${[...methods].join(", ")}; use one of them`,
  );
}

function internalError(): ProxyError {
  return new ProxyError(
    "InternalError",
    "Cannot forward the request: this is a bug in the proxy; see its output",
  );
}
