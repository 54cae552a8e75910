// Calls the mutation that starts an answer, and returns without waiting for the answer.
import { readErrorBody } from "../../shared/error-body.ts";
import { isObject, parseObject } from "../../shared/json-object.ts";
import { ConfigurationError, ServiceError } from "../errors.ts";
import { bodyTimeoutMs, type OutgoingRequest, type Platform } from "../platform.ts";
import { errorFor, firstErrorIn } from "./appsync-error.ts";
import type { Authorize } from "./authorization.ts";
import { requestHeaders, startText } from "./operations.ts";

export interface StartOptions {
  url: URL;
  authorize: Authorize;
  send: Platform["send"];
}

/** Resolves when AppSync has accepted the request. Rejects with a `DeltapipeError`, or with the signal's reason. */
export async function startAnswer(
  conversationId: string,
  { body: request = "{}", ...outgoing }: OutgoingRequest,
  { url, authorize, send }: StartOptions,
): Promise<void> {
  const body = startText(conversationId, request);
  const headers = await authorize(url, body, requestHeaders);
  const response = await send({ ...outgoing, url, headers, body });
  const result = parseObject(await readErrorBody(response.body, bodyTimeoutMs));
  outgoing.signal.throwIfAborted();
  const { status } = response;
  const error = firstErrorIn(result);
  if (error) throw errorFor(error, outgoing.suggestedDelay, status === 200 ? undefined : status);
  if (isObject(result?.["data"]) && isObject(result["data"]["startConversation"])) return;
  // Not a RetryLaterError: the model may be running, and a second answer would be paid for as well.
  if (status >= 500) throw new ServiceError(`Cannot call the API: it failed (status ${status})`, { status });
  throw new ConfigurationError(
    `Cannot find a GraphQL API at ${url.host}: something else answered, or the response was cut off (status ${status}); check the URL`,
    { status },
  );
}
