// What the Function URL front asks of the Lambda behind it: one invocation in, one byte stream out.
import type { Readable } from "node:stream";

export interface Invocation {
  requestId: string;
  event: FunctionUrlEvent;
  /** The value of `X-Amzn-Trace-Id`, for `Lambda-Runtime-Trace-Id`. */
  traceId: string;
}

export interface FunctionResponse {
  /** The Content-Type of the runtime's `POST …/response`. */
  contentType: string;
  /** That request's bytes, prelude included. `end`: complete. `error`: the function failed half way. */
  body: Readable;
}

/**
 * Runs the function once. Rejects with `TooManyRequests` or `FunctionFailed`. The caller reads `body` to its
 * end whatever happens and never destroys it: Lambda does not tell a function that its caller has left, and
 * its runtime client dies when its socket is closed on it.
 */
export type Invoke = (invocation: Invocation) => Promise<FunctionResponse>;

/** Every environment is busy and no more may be started: the caller gets 429. */
export class TooManyRequests extends Error {
  override name = "TooManyRequests" as const;
}

/** The function ended (a crash, a timeout, an error at start) before its first byte: the caller gets 502. */
export class FunctionFailed extends Error {
  override name = "FunctionFailed" as const;
}

/** Payload format 2.0: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
export interface FunctionUrlEvent {
  version: "2.0";
  routeKey: "$default";
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  headers: Record<string, string>;
  queryStringParameters?: Record<string, string>;
  requestContext: FunctionUrlContext;
  body?: string;
  isBase64Encoded: boolean;
}

export interface FunctionUrlContext {
  accountId: string;
  apiId: string;
  authentication: null;
  authorizer: { iam: IamAuthorizer };
  domainName: string;
  domainPrefix: string;
  http: { method: string; path: string; protocol: string; sourceIp: string; userAgent: string };
  requestId: string;
  routeKey: "$default";
  stage: "$default";
  time: string;
  timeEpoch: number;
}

export interface IamAuthorizer {
  accessKey: string;
  accountId: string;
  callerId: string;
  cognitoIdentity: null;
  principalOrgId: null;
  userArn: string;
  userId: string;
}
