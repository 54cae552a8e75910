// Finds a model server's models, and turns each of them into a model of the local Bedrock.
import * as v from "valibot";
import { scriptedModels, type ScriptedModel } from "../bedrock/index.ts";
import { callServer, ModelServerError, readText, type ModelServer } from "./model-server.ts";
import { parseJson } from "./parse-json.ts";
import { playAnswer } from "./play-answer.ts";
import { failedResponse, UnreachableServer } from "./server-failure.ts";

/** https://platform.openai.com/docs/api-reference/models/list */
const modelList = v.object({
  data: v.array(v.object({ id: v.pipe(v.string(), v.minLength(1)), owned_by: v.nullish(v.string()) })),
});

const listWithinMs = 10_000;
const maxListBytes = 4 * 1024 * 1024;

/**
 * Resolves with the models by the ids that Bedrock's callers use. These are the server's own ids, such as `llama3.2:3b` or
 * `org/model`. Characters that Bedrock does not allow in an id are replaced, slashes at both ends are removed, and an id that
 * is already taken gets a suffix such as `-2`. Rejects with `ModelServerError`.
 *
 * ```ts
 * const models = await findServedModels({ url: "http://127.0.0.1:11434/v1" });
 * const bedrock = await startBedrock({ models });
 * ```
 */
export async function findServedModels(server: ModelServer): Promise<Record<string, ScriptedModel>> {
  const models: Record<string, ScriptedModel> = {};
  for (const { id: serverId, owned_by: owner } of await listModels(server)) {
    const wanted = bedrockId(serverId);
    let id = wanted;
    for (let count = 2; id in models || id in scriptedModels; count++) id = `${wanted}-${count}`;
    models[id] = {
      description: `${serverId} of the model server`,
      provider: owner || "Model server",
      script: (request) => playAnswer(server, serverId, request),
    };
  }
  return models;
}

async function listModels(server: ModelServer): Promise<v.InferOutput<typeof modelList>["data"]> {
  const signal = AbortSignal.timeout(listWithinMs);
  try {
    const response = await callServer(server, "/models", { signal });
    const text = await readText(response, maxListBytes);
    if (response.statusCode !== 200) throw rejected(server, response.statusCode, text);
    const { success, output } = v.safeParse(modelList, parseJson(text));
    if (!success) {
      throw cannotList(
        server,
        "the response is not a list of models",
        "give the URL of a chat completions API",
      );
    }
    if (output.data.length > 0) return output.data;
    throw cannotList(server, "there are none", "load a model, or download one");
  } catch (error) {
    if (signal.aborted) throw cannotList(server, "no response within 10 seconds", "check that it is running");
    if (!(error instanceof UnreachableServer)) throw error;
    throw cannotList(server, `cannot connect (${error.code})`, "start the model server, or correct the URL");
  }
}

function rejected(server: ModelServer, status: number, text: string): ModelServerError {
  if (status === 401 || status === 403) {
    const advice =
      server.key === undefined
        ? "give the key that the server requires"
        : "give a key that the server accepts";
    return cannotList(server, `status ${status}`, advice);
  }
  if (status === 404) return cannotList(server, "status 404", "the URL of most servers ends with /v1");
  return cannotList(
    server,
    `status ${status} (${failedResponse(status, text).message})`,
    "see the server's log",
  );
}

function cannotList({ url }: ModelServer, found: string, advice: string): ModelServerError {
  return new ModelServerError(`Cannot list the models of ${url}: ${found}; ${advice}`);
}

/** Some servers name models after files, so an id may contain backslashes and spaces, and may begin with a slash. */
function bedrockId(serverId: string): string {
  const id = serverId
    .replaceAll("\\", "/")
    .replaceAll(/[^\w.:/-]/g, "-")
    .replaceAll(/^\/+|\/+$/g, "");
  return id === "" ? "model" : id;
}
