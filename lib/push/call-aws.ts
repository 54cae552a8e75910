// Calls an operation of AWS over kept connections: signed, with a right clock, and again if a kept connection was closed.
import type { IncomingMessage } from "node:http";
import { onAbort } from "../shared/abort.ts";
import { readErrorBody } from "../shared/error-body.ts";
import { createAgent } from "../stream/bedrock/agent.ts";
import type { Endpoint, Variables } from "../stream/bedrock/endpoint.ts";
import { readBedrockErrorResponse } from "../stream/bedrock/failed-attempt.ts";
import { NoResponseError, post } from "../stream/bedrock/post.ts";
import { createSigner } from "../stream/bedrock/sign-call.ts";
import type { Times } from "../stream/settings/configuration.ts";

export interface AwsResponse {
  status: number;
  /** AWS's name for the error; empty if there is none. */
  errorName: string;
}

export interface AwsCall {
  /** Percent-encoded, after the endpoint's own path. */
  path: string;
  body: Buffer;
  /** Signed with the others. */
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * Rejects with `NoResponseError`, also after five seconds and when the signal aborts, or with a `ConverseError` if there
 * are no credentials.
 */
export type CallAws = (call: AwsCall) => Promise<AwsResponse>;

/** Milliseconds for a call. API Gateway and Lambda usually need some tens. */
const callMs = 5000;
/** The rest of a response is not worth a longer wait than this, in milliseconds. */
const bodyTimeoutMs = 2000;
/** One for a closed connection and one for a wrong clock. */
const maxAttempts = 3;

/** Opens the first connection. Throws an Error that names the variable if a credential is malformed. */
export function connectAws(
  { url, region }: Endpoint,
  service: "execute-api" | "lambda",
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
        const answered = await readResponse(response);
        const isCorrected = signer.correctClock(answered.errorName, response);
        if (!isCorrected || attempt === maxAttempts) return answered;
      } catch (error) {
        const wasStale = error instanceof NoResponseError && error.wasStale;
        if (!wasStale || attempt === maxAttempts) throw error;
      }
    }
  }

  return async (call) => {
    // Not `AbortSignal.any`: Node 20 may collect its result while a request is listening, and it never aborts then.
    const controller = new AbortController();
    const abort = () => controller.abort();
    const stop = call.signal && onAbort(call.signal, abort);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      abort();
    }, callMs);
    try {
      return await attempts(call, controller.signal);
    } catch (error) {
      throw isLate ? new NoResponseError(noResponseInTime(), false) : error;
    } finally {
      clearTimeout(timer);
      stop?.();
    }
  };
}

function noResponseInTime(): NodeJS.ErrnoException {
  return Object.assign(new Error(`No response within ${callMs} ms`), { code: "ETIMEDOUT" });
}

/** Reads the body to its end, because only then the connection can be used again. */
async function readResponse(response: IncomingMessage): Promise<AwsResponse> {
  const { statusCode: status = 0 } = response;
  if (status >= 400) return { status, errorName: (await readBedrockErrorResponse(response)).name };
  await readErrorBody(response, bodyTimeoutMs);
  return { status, errorName: "" };
}
