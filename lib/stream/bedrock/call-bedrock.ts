// Calls Bedrock: takes a checked request and returns the raw bytes of its event stream.
//
// The code in this folder replaces the AWS SDK. A cold start with the SDK takes one and a half times as long (deltapipe-sdk
// in `npm run bench`). The tests compare each part with the SDK.
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { createAgent } from "./agent.ts";
import { findEndpoint, type Variables } from "./endpoint.ts";
import { checkedBody, NoResponseError, post } from "./post.ts";
import { failedConnection, readBedrockErrorResponse, type FailedAttempt } from "./failed-attempt.ts";
import { RetryQuota } from "./retry-quota.ts";
import { createSigner } from "./sign-call.ts";
import type { Times } from "../settings/configuration.ts";
import type { CheckedRequest } from "../request/check-request.ts";

/**
 * Resolves with the body of Bedrock's response if its status is 200. Rejects with a `ConverseError` if Bedrock cannot be
 * reached or responds with an error, and with the signal's reason if the signal aborts. Any other rejection is a bug.
 */
export type CallBedrock = (request: CheckedRequest, signal: AbortSignal) => Promise<Readable>;

/**
 * Opens the first connection. If a variable is missing or wrong, throws an Error that names it.
 *
 * @param prepare Does what the first request will need, so that V8 has compiled the code by then. Called while the first
 * connection is made, if there is TLS. Its errors are ignored.
 */
export function connectBedrock(
  times: Pick<Times, "connect">,
  variables: Variables = process.env,
  prepare?: () => unknown,
): CallBedrock {
  const endpoint = findEndpoint(variables);
  const signer = createSigner(endpoint, variables);
  const agent = createAgent(endpoint.url, times.connect, {
    prepare() {
      signer.sign("/", Buffer.alloc(0));
      prepare?.();
    },
  });
  const quota = new RetryQuota();
  const prefix = endpoint.url.pathname.replace(/\/$/, "");

  async function attempt(path: string, body: Buffer, signal: AbortSignal): Promise<Readable | FailedAttempt> {
    const headers = signer.sign(path, body);
    let response: IncomingMessage;
    try {
      response = await post({ endpoint: endpoint.url, agent, path, headers, signal }, body);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NoResponseError) return failedConnection(error);
      throw error;
    }
    if (response.statusCode === 200) return checkedBody(response);
    const failed = await readBedrockErrorResponse(response);
    return signer.correctClock(failed.name, response) ? { ...failed, retry: "at once" } : failed;
  }

  return async ({ model, body }, signal) => {
    const path = `${prefix}/model/${encodeSegment(model.id)}/converse-stream`;
    const bytes = Buffer.from(body);
    const attempts = quota.startCall();
    for (;;) {
      const result = await attempt(path, bytes, signal);
      if (!("retry" in result)) {
        attempts.succeeded();
        return result;
      }
      const delay = attempts.delayAfter(result);
      if (delay === undefined) throw result.error;
      await sleep(delay, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  };
}

/** AWS expects all but the unreserved characters of RFC 3986 to be encoded. `encodeURIComponent` leaves five others unencoded. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
