// One request to the Function URL: preflight or signature, body, event, function, answer.
import type { IncomingMessage, ServerResponse } from "node:http";
import { isPreflight, preflightHeaders, type CorsRequest } from "./cors.ts";
import { openExchange, refuse, writeHead, writeRefusalHead, type Exchange } from "./url-exchange.ts";
import type { FunctionUrlOptions } from "./start-function-url.ts";
import { foreignHost } from "../loopback.ts";
import { TooManyRequests, type FunctionResponse, type Invocation } from "../invocation.ts";
import { badRequest, notForStrangers, tooLarge, tooManyRequests, unsigned } from "./service-errors.ts";
import { failResponse, relayResponse } from "./relay-response.ts";
import { discardBody, readBody } from "./read-body.ts";
import { verifySignature } from "../signature/verify.ts";
import { buildEvent } from "./url-event.ts";
import { pairHeaders, type WireRequest } from "../signature/wire-request.ts";

/** Of the body, before base64: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAXIMUM_BODY = 6 * 1024 * 1024;

const SKEW_MS = 5 * 60_000;
const DISCARD = { bytes: 10 * MAXIMUM_BODY, silenceMs: 1000, totalMs: 10_000 };

/** Never rejects: no request may end the process. */
export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: FunctionUrlOptions,
): Promise<void> {
  const exchange = openExchange(request, response, options);
  try {
    await answer(exchange, options);
  } catch (error) {
    failResponse(exchange, error);
  }
}

async function answer(exchange: Exchange, options: FunctionUrlOptions): Promise<void> {
  const { request, response } = exchange;
  // The socket forgets them when the caller leaves.
  const { remoteAddress = "", localPort = 0 } = request.socket;
  if (!request.url?.startsWith("/")) {
    response.setHeader("connection", "close");
    return refuse(exchange, badRequest());
  }
  const foreign = foreignHost(request.headers);
  if (foreign !== undefined) {
    response.setHeader("connection", "close");
    return refuse(exchange, notForStrangers(foreign));
  }
  if (answerPreflight(exchange)) return;

  const body = await readBody(request, MAXIMUM_BODY);
  if (body.kind === "cut") return void response.destroy();
  if (body.kind === "too-large") return refuseTooLarge(exchange);

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
    skewMs: options.skewMs ?? SKEW_MS,
  });
  if (!verdict.ok) return refuse(exchange, unsigned(verdict.refusal));

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
  if (functionResponse) await relayResponse(exchange, functionResponse);
}

async function invoke(
  exchange: Exchange,
  invocation: Invocation,
  options: FunctionUrlOptions,
): Promise<FunctionResponse | undefined> {
  try {
    return await options.invoke(invocation);
  } catch (error) {
    if (error instanceof TooManyRequests) refuse(exchange, tooManyRequests());
    else failResponse(exchange, error);
    return undefined;
  }
}

/** A preflight is never signed: browsers send it by themselves. */
function answerPreflight(exchange: Exchange): boolean {
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

/** The answer goes out at once, the connection closes when the caller has stopped sending. */
async function refuseTooLarge(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  response.setHeader("connection", "close");
  response.write(writeRefusalHead(exchange, tooLarge(MAXIMUM_BODY)));
  await discardBody(request, DISCARD);
  response.end();
}
