// Sends signed requests to an AWS API over keep-alive connections. Repeats a request if the connection had been closed, or if
// AWS refused it because this machine's clock is wrong.
import type { IncomingMessage } from "node:http";
import { onAbort } from "../shared/abort.ts";
import { readErrorBody } from "../shared/error-body.ts";
import { parseObject } from "../shared/json-object.ts";
import { createAgent } from "../stream/bedrock/agent.ts";
import type { Endpoint, Variables } from "../stream/bedrock/endpoint.ts";
import { errorNameOf } from "../stream/bedrock/failed-attempt.ts";
import { NoResponseError, post } from "../stream/bedrock/post.ts";
import { createSigner } from "../stream/bedrock/sign-call.ts";
import type { Times } from "../stream/settings/configuration.ts";

export interface AwsResponse {
  status: number;
  /** AWS's name for the error, or `Unknown`; empty if there was no error. */
  errorName: string;
  /** The body; empty if it could not be read. */
  text: string;
}

export interface AwsCall {
  /** Percent-encoded; appended to the endpoint's own path. */
  path: string;
  body: Buffer;
  /** Additional headers. They are signed too. */
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The most milliseconds that the call may take. Default: 5000. */
  timeoutMs?: number;
}

/**
 * Rejects with `NoResponseError` if no response comes within `timeoutMs` or before the signal aborts, and with a
 * `ConverseError` if there are no credentials.
 */
export type CallAws = (call: AwsCall) => Promise<AwsResponse>;

/** API Gateway, AppSync and Lambda usually need less than a hundred milliseconds. */
const defaultTimeoutMs = 5000;
/** The most milliseconds to wait for the body after the status. A body that takes longer counts as empty. */
const bodyTimeoutMs = 2000;
/**
 * The most bytes of a response that are read. AppSync repeats a message several times in its response, and DynamoDB returns up
 * to 1 MB of items at once, whose bytes are written as base64.
 */
const maxBodyBytes = 2 * 1024 * 1024;
/** The first attempt, one more after a closed connection, and one more after a wrong clock. */
const maxAttempts = 3;

/**
 * Returns a function that calls the API. With HTTPS, the first connection is opened right away. Throws an Error if one of the
 * credentials in `variables` is malformed; its message names the variable.
 */
export function connectAws(
  { url, region }: Endpoint,
  service: "appsync" | "dynamodb" | "execute-api" | "lambda",
  times: Pick<Times, "connect">,
  variables: Variables,
): CallAws {
  const agent = createAgent(url, times.connect);
  const signer = createSigner({ url, region }, variables, service);
  const prefix = url.pathname.replace(/\/$/, "");

  async function attempts({ path: rest, body, headers }: AwsCall, signal: AbortSignal): Promise<AwsResponse> {
    const path = `${prefix}${rest}`;
    for (let attempt = 1; ; attempt++) {
      try {
        const signed = signer.sign(path, body, headers);
        const response = await post({ endpoint: url, agent, path, headers: signed, signal }, body);
        const result = await readResponse(response);
        const isCorrected = signer.correctClock(result.errorName, response);
        if (!isCorrected || attempt === maxAttempts) return result;
      } catch (error) {
        const wasStale = error instanceof NoResponseError && error.wasStale;
        if (!wasStale || attempt === maxAttempts) throw error;
      }
    }
  }

  return async (call) => {
    // Not `AbortSignal.any()`: Node 20 can garbage-collect the signal that it returns, even though a request still listens to
    // that signal. The request would then never be aborted.
    const controller = new AbortController();
    const abort = () => controller.abort();
    const stop = call.signal && onAbort(call.signal, abort);
    const { timeoutMs = defaultTimeoutMs } = call;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      abort();
    }, timeoutMs);
    try {
      return await attempts(call, controller.signal);
    } catch (error) {
      throw isLate ? new NoResponseError(noResponseWithin(timeoutMs), false) : error;
    } finally {
      clearTimeout(timer);
      stop?.();
    }
  };
}

function noResponseWithin(timeoutMs: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`No response within ${timeoutMs} ms`), { code: "ETIMEDOUT" });
}

/** Reads the body to its end, because the connection cannot be used again before that. */
async function readResponse(response: IncomingMessage): Promise<AwsResponse> {
  const { statusCode: status = 0, headers } = response;
  const text = await readErrorBody(response, bodyTimeoutMs, maxBodyBytes);
  return { status, errorName: status < 400 ? "" : errorNameOf(headers, parseObject(text) ?? {}), text };
}
