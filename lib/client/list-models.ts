// Requests the list of a service's models.
import { isObject, parseObject } from "../shared/json-object.ts";
import type { ModelList, ServedModel } from "../wire.ts";
import { ConfigurationError } from "./errors.ts";
import { requestFor, type ShortCall } from "./short-call.ts";

/** Rejects with the errors that {@link Client.models} documents. */
export async function listModels(call: ShortCall): Promise<ServedModel[]> {
  const url = new URL(call.url);
  url.pathname = url.pathname.replace(/\/*$/, "/models");
  const list = parseObject(await requestFor("list the models", call, { method: "GET", url }));
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
