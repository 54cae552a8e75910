// Converts a request to the event that a Function URL passes to Lambda, in payload format 2.0.
//
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
import { isUtf8 } from "node:buffer";
import type { FunctionUrlContext, FunctionUrlEvent } from "../invocation.ts";
import { formatTime } from "../request-time.ts";
import {
  headerValues,
  parseQuery,
  splitTarget,
  type Identity,
  type RawHeader,
  type WireRequest,
} from "../signature/index.ts";

/** The parts of the event that are not in the bytes of the request. */
export interface Arrival {
  identity: Identity;
  requestId: string;
  traceId: string;
  /** Milliseconds since the epoch. */
  time: number;
  /** The account that owns the function. */
  accountId: string;
  /** The function URL's id. */
  urlId: string;
  sourceIp: string;
  port: number;
  protocol: string;
}

/** Headers about the connection. The caller's values are not passed on to the function. */
const hopByHopHeaders =
  /^(connection|expect|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|x-forwarded-.*)$/;

export function buildEvent(request: WireRequest, arrival: Arrival): FunctionUrlEvent {
  const { path, query } = splitTarget(request.target);
  const headers = joinHeaders(request.headers, arrival);
  const cookies = headerValues(request.headers, "cookie")
    .flatMap((line) => line.split(/;\s*/))
    .filter(Boolean);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: query,
    // Unlike API Gateway, a Function URL keeps the cookies in `headers` as well:
    // https://github.com/awslabs/aws-lambda-rust-runtime/pull/586
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query !== "" && { queryStringParameters: joinPairs(parseQuery(query)) }),
    requestContext: buildContext(request, headers, arrival),
    ...encodeBody(request.body, headers["content-type"] ?? ""),
  };
}

function buildContext(
  request: WireRequest,
  headers: Record<string, string>,
  arrival: Arrival,
): FunctionUrlContext {
  const { accessKeyId, accountId, userArn, userId } = arrival.identity;
  return {
    accountId: arrival.accountId,
    apiId: arrival.urlId,
    authentication: null,
    authorizer: {
      iam: {
        accessKey: accessKeyId,
        accountId,
        callerId: userId,
        cognitoIdentity: null,
        principalOrgId: null,
        userArn,
        userId,
      },
    },
    domainName: (headers["host"] ?? "").replace(/:\d+$/, ""),
    domainPrefix: arrival.urlId,
    http: {
      method: request.method,
      path: splitTarget(request.target).path,
      protocol: arrival.protocol,
      sourceIp: arrival.sourceIp,
      userAgent: headers["user-agent"] ?? "",
    },
    requestId: arrival.requestId,
    routeKey: "$default",
    stage: "$default",
    time: formatTime(arrival.time),
    timeEpoch: arrival.time,
  };
}

function joinHeaders(headers: RawHeader[], arrival: Arrival): Record<string, string> {
  return {
    ...joinPairs(headers.filter(([name]) => !hopByHopHeaders.test(name))),
    "x-amzn-trace-id": arrival.traceId,
    "x-forwarded-for": arrival.sourceIp,
    "x-forwarded-port": String(arrival.port),
    "x-forwarded-proto": "http",
  };
}

/** Joins repeated names with a comma. `Object.fromEntries` keeps even a name such as `__proto__`. */
function joinPairs(pairs: [name: string, value: string][]): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

/**
 * Lambda encodes "binary" content types as base64 and does not document which ones those are. Forms are among them:
 * https://github.com/LeanerCloud/CUDly/pull/1483. Text that is not UTF-8 is encoded as well, so that no byte is lost.
 */
function encodeBody(body: Buffer, contentType: string): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = /^text\/|json|xml|javascript/i.test(contentType.split(";")[0]!) && isUtf8(body);
  return { body: body.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}
