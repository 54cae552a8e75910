// The interface between the local Lambda and its callers: each invocation results in one stream of bytes.
import type { Readable } from "node:stream";

export interface Invocation<Event = FunctionUrlEvent> {
  requestId: string;
  event: Event;
  /** The value of `X-Amzn-Trace-Id`, for `Lambda-Runtime-Trace-Id`. */
  traceId: string;
}

export interface FunctionResponse {
  /** The Content-Type of the runtime's `POST …/response`. */
  contentType: string;
  /**
   * The body of the runtime's `POST …/response`, including the prelude. Emits `error` instead of `end` if the function failed
   * halfway.
   */
  body: Readable;
}

/**
 * Runs the function once. Rejects with `TooManyRequests` or `FunctionFailed`. Always read `body` to its end, even if the
 * caller has disconnected: on Lambda too, the function is not notified of that, and runs to its end. Never destroy the body:
 * that closes the runtime client's socket, and the runtime client crashes.
 */
export type Invoke<Event = FunctionUrlEvent> = (invocation: Invocation<Event>) => Promise<FunctionResponse>;

/** Every execution environment is busy and the concurrency limit is reached. The Function URL responds with 429. */
export class TooManyRequests extends Error {
  override name = "TooManyRequests" as const;
}

/**
 * The function reported an error, sent no response, crashed, timed out, or could not be built or started. If nothing has been
 * sent yet, the caller gets 502.
 */
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
