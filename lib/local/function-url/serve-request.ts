// Serves one request to the Function URL: preflight or signature, body, event, invocation, response.
import type { IncomingMessage, ServerResponse } from "node:http";
import { isPreflight, preflightHeaders, type CorsRequest } from "./cors.ts";
import {
  openUrlExchange,
  respondWithError,
  writeHead,
  writeErrorHead,
  type UrlExchange,
} from "./url-exchange.ts";
import type { FunctionUrlOptions } from "./function-url-options.ts";
import { foreignHost } from "../loopback.ts";
import { TooManyRequests, type FunctionResponse, type Invocation } from "../invocation.ts";
import {
  badRequest,
  foreignHostError,
  tooLarge,
  tooManyRequests,
  invalidSignature,
} from "./url-error-responses.ts";
import { failResponse, streamResponse } from "./stream-response.ts";
import { discardBody, maxLambdaRequestBytes, receiveBody } from "../../shared/receive-body.ts";
import { pairHeaders, verifySignature, type WireRequest } from "../signature/index.ts";
import { buildEvent } from "./url-event.ts";

const clockSkewMs = 5 * 60_000;
const discardLimits = { bytes: 10 * maxLambdaRequestBytes, silenceMs: 1000, totalMs: 10_000 };

/** Never rejects, so that no request can end the process. */
export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: FunctionUrlOptions,
): Promise<void> {
  const exchange = openUrlExchange(request, response, options);
  try {
    await answer(exchange, options);
  } catch (error) {
    failResponse(exchange, error);
  }
}

async function answer(exchange: UrlExchange, options: FunctionUrlOptions): Promise<void> {
  const { request, response } = exchange;
  // These are read now, because the socket no longer has them once the caller has disconnected.
  const { remoteAddress = "", localPort = 0 } = request.socket;
  if (!request.url?.startsWith("/")) {
    response.setHeader("connection", "close");
    return respondWithError(exchange, badRequest());
  }
  const foreign = foreignHost(request.headers);
  if (foreign !== undefined) {
    response.setHeader("connection", "close");
    return respondWithError(exchange, foreignHostError(foreign));
  }
  if (answerPreflight(exchange)) return;

  const body = await receiveBody(request, maxLambdaRequestBytes);
  if (body.kind === "cut") return void response.destroy();
  if (body.kind === "too-large") return rejectTooLarge(exchange);

  const received: WireRequest = {
    method: request.method ?? "",
    target: request.url,
    headers: pairHeaders(request.rawHeaders),
    body: body.bytes,
  };
  const now = options.now?.() ?? Date.now();
  const verdict = await verifySignature(received, {
    credentials: options.credentials,
    region: options.region,
    service: "lambda",
    now,
    skewMs: options.skewMs ?? clockSkewMs,
  });
  if (!verdict.ok) return respondWithError(exchange, invalidSignature(verdict.error));

  const event = buildEvent(received, {
    identity: verdict.identity,
    requestId: exchange.requestId,
    traceId: exchange.traceId,
    time: now,
    accountId: options.accountId ?? "123456789012",
    urlId: options.functionName ?? "local",
    sourceIp: remoteAddress.replace(/^::ffff:/, ""),
    port: localPort,
    protocol: `HTTP/${request.httpVersion}`,
  });
  const invocation = { requestId: exchange.requestId, traceId: exchange.traceId, event };
  const functionResponse = await invoke(exchange, invocation, options);
  if (functionResponse) await streamResponse(exchange, functionResponse);
}

async function invoke(
  exchange: UrlExchange,
  invocation: Invocation,
  options: FunctionUrlOptions,
): Promise<FunctionResponse | undefined> {
  try {
    return await options.invoke(invocation);
  } catch (error) {
    if (error instanceof TooManyRequests) respondWithError(exchange, tooManyRequests());
    else failResponse(exchange, error);
    return undefined;
  }
}

/** Browsers do not sign preflights, so this comes before the signature check. */
function answerPreflight(exchange: UrlExchange): boolean {
  const { request, response, cors } = exchange;
  const asked: CorsRequest = {
    method: request.method ?? "",
    origin: request.headers.origin,
    requestMethod: request.headers["access-control-request-method"],
    requestHeaders: request.headers["access-control-request-headers"],
  };
  if (!cors || !isPreflight(asked)) return false;
  response.setHeader("content-length", 0);
  writeHead(exchange, 200, preflightHeaders(cors, asked));
  response.end();
  return true;
}

/** Responds at once, but closes the connection only when the caller has stopped sending, or at one of the `discardLimits`. */
async function rejectTooLarge(exchange: UrlExchange): Promise<void> {
  const { request, response } = exchange;
  response.setHeader("connection", "close");
  response.write(writeErrorHead(exchange, tooLarge(maxLambdaRequestBytes)));
  await discardBody(request, discardLimits);
  response.end();
}
