// The one file that calls Bedrock: a checked request in, the raw bytes of its event stream out.
//
// What the AWS SDK would do for the call is done here and in bedrock/, because with the SDK a cold start takes half as
// long again (`npm run bench`, deltapipe-sdk); tests hold each part against the SDK itself.
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { createAgent } from "./agent.ts";
import { findEndpoint, type Environment } from "./endpoint.ts";
import { checkedBody, ExchangeError, post } from "./post.ts";
import { notReached, readRefusal, type FailedAttempt } from "./failed-attempt.ts";
import { Retries } from "./retry-quota.ts";
import { createSigner } from "./sign-call.ts";
import type { Times } from "../settings/configuration.ts";
import type { CheckedRequest } from "../request/check-request.ts";

/**
 * Resolves with the body of Bedrock's 200. Rejects with the `ConverseError` that its refusal amounts to, with the
 * signal's reason, or with what is a bug.
 */
export type ConverseStream = (request: CheckedRequest, signal: AbortSignal) => Promise<Readable>;

/** Throws an Error that names the variable if Bedrock's endpoint cannot be told from the environment. */
export function createConverseStream(
  times: Pick<Times, "connect">,
  environment: Environment = process.env,
): ConverseStream {
  const endpoint = findEndpoint(environment);
  const agent = createAgent(endpoint.url, times.connect);
  const signer = createSigner(endpoint, environment);
  const retries = new Retries();
  const prefix = endpoint.url.pathname.replace(/\/$/, "");

  async function attempt(path: string, body: Buffer, signal: AbortSignal): Promise<Readable | FailedAttempt> {
    const headers = signer.sign(path, body);
    let response: IncomingMessage;
    try {
      response = await post({ endpoint: endpoint.url, agent, path, headers, signal }, body);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ExchangeError) return notReached(error);
      throw error;
    }
    if (response.statusCode === 200) return checkedBody(response);
    const failed = await readRefusal(response);
    return signer.correctClock(failed.name, response) ? { ...failed, mayPass: "at once" } : failed;
  }

  return async ({ model, body }, signal) => {
    const path = `${prefix}/model/${encodeSegment(model.id)}/converse-stream`;
    const bytes = Buffer.from(body);
    const call = retries.start();
    for (;;) {
      const result = await attempt(path, bytes, signal);
      if (!("mayPass" in result)) {
        call.succeeded();
        return result;
      }
      const delay = call.delayAfter(result);
      if (delay === undefined) throw result.error;
      await sleep(delay, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  };
}

/** As AWS signs and reads it: all but the unreserved characters of RFC 3986. */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
