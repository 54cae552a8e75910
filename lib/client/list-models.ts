// Asks a service for the list of its models.
import { isTimeout, onAbort } from "../shared/abort.ts";
import { readErrorBody } from "../shared/error-body.ts";
import { isObject, parseObject } from "../shared/json-object.ts";
import type { ModelList, ServedModel } from "../wire.ts";
import { AbortError, ConfigurationError, TimeoutError } from "./errors.ts";
import { type RetryPolicy, withRetries } from "./retry.ts";
import { errorBodyTimeoutMs, readError, sendSigned, type Transport } from "./transport.ts";

/** Rejects as {@link Client.models} does. `signal` is the caller's. */
export async function listModels(
  transport: Transport,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<ServedModel[]> {
  const connection = new AbortController();
  const abort = (): void => connection.abort(signal?.reason);
  const stop = signal ? onAbort(signal, abort) : (): void => undefined;
  if (signal?.aborted) abort();
  try {
    return await withRetries(policy, connection.signal, (suggestedDelay) =>
      requestModels(transport, { signal: connection.signal, suggestedDelay }),
    );
  } catch (error) {
    throw signal?.aborted ? abortError(signal.reason) : error;
  } finally {
    stop();
  }
}

async function requestModels(
  transport: Transport,
  call: { signal: AbortSignal; suggestedDelay: number },
): Promise<ServedModel[]> {
  const url = new URL(transport.url);
  url.pathname = url.pathname.replace(/\/*$/, "/models");
  const headers = { accept: "application/json" };
  const response = await sendSigned(transport, { method: "GET", url, headers }, call);
  const contentType = String(response.headers["content-type"]);
  if (response.status !== 200 || !/^application\/json *(;|$)/i.test(contentType)) {
    throw await readError(response, transport, call.suggestedDelay);
  }
  const list = parseObject(await readErrorBody(response.body, errorBodyTimeoutMs));
  call.signal.throwIfAborted();
  if (isModelList(list)) return list.models;
  throw new ConfigurationError(
    "Cannot read the list of models: the response is not such a list, or was cut off; check the URL",
  );
}

function isModelList(value: unknown): value is ModelList {
  const models = isObject(value) ? value["models"] : undefined;
  return (
    Array.isArray(models) && models.every((model) => isObject(model) && typeof model["name"] === "string")
  );
}

function abortError(cause: unknown): AbortError | TimeoutError {
  const details = { partial: { role: "assistant" as const, content: [] }, cause };
  return isTimeout(cause)
    ? new TimeoutError("Cannot list the models: the time limit of the caller's signal passed", details)
    : new AbortError("Cannot list the models: the caller's signal aborted it", details);
}
