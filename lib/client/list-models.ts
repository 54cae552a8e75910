// Asks a service for the list of its models.
import { isTimeout, untilAborted } from "../shared/abort.ts";
import { readErrorBody } from "../shared/error-body.ts";
import { isObject, parseObject } from "../shared/json-object.ts";
import type { ModelList, ServedModel } from "../wire.ts";
import { AbortError, ConfigurationError, TimeoutError } from "./errors.ts";
import { bodyTimeoutMs } from "./platform.ts";
import type { Send } from "./transport.ts";

/** Rejects as {@link Client.models} does. `signal` is the caller's. */
export async function listModels(
  send: Send,
  service: URL,
  signal: AbortSignal | undefined,
): Promise<ServedModel[]> {
  const connection = new AbortController();
  try {
    signal?.throwIfAborted();
    return await untilAborted(requestModels(send, service, connection.signal), signal);
  } catch (error) {
    throw signal?.aborted ? abortError(signal.reason) : error;
  } finally {
    // Closes the connection if the response has not been read to its end.
    connection.abort();
  }
}

async function requestModels(send: Send, service: URL, signal: AbortSignal): Promise<ServedModel[]> {
  const url = new URL(service);
  url.pathname = url.pathname.replace(/\/*$/, "/models");
  const { body } = await send({ method: "GET", url, accept: "application/json" }, signal);
  const list = parseObject(await readErrorBody(body, bodyTimeoutMs));
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
