// Requests the list of a service's models.
import { isObject, parseObject } from "../shared/json-object.ts";
import { isTimeout } from "../shared/timeout-reason.ts";
import type { ModelList, ServedModel } from "../wire.ts";
import { AbortError, ConfigurationError, TimeoutError } from "./errors.ts";
import type { ServiceRequest } from "./transport.ts";

/**
 * Rejects with the errors that {@link Client.models} documents. `request` resolves with the response's body, and rejects
 * with the reason of the caller's `signal`.
 */
export async function listModels(
  request: (request: ServiceRequest) => Promise<string>,
  service: URL,
  signal: AbortSignal | undefined,
): Promise<ServedModel[]> {
  const url = new URL(service);
  url.pathname = url.pathname.replace(/\/*$/, "/models");
  try {
    const list = parseObject(await request({ method: "GET", url, accept: "application/json" }));
    if (isModelList(list)) return list.models;
  } catch (error) {
    throw signal?.aborted ? abortError(signal.reason) : error;
  }
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
    : new AbortError("Cannot list the models: the caller's signal aborted the request", details);
}
