// Makes the local Bedrock's options from those of `npm start`: port, pace, models, aliases and the user's own answers.
import {
  AnswersError,
  readAnswers,
  scriptedModels,
  type BedrockOptions,
  type ScriptedModel,
} from "../../lib/local/bedrock/index.ts";
import { findServedModels, ModelServerError } from "../../lib/local/model-server/index.ts";
import { listNames } from "../../lib/stream/settings/models.ts";
import { OptionError } from "../options.ts";
import { unknownTarget, type StartOptions } from "./start-options.ts";

/** Rejects with `OptionError` if the model server, an alias or the file with the user's own answers cannot be used. */
export async function readLocalBedrock(options: StartOptions): Promise<BedrockOptions> {
  const { bedrockPort: port, pace: deltasPerSecond, aliases, answers, modelServer } = options;
  const models = modelServer && (await findServedModels(modelServer).catch(explain));
  checkAliases(aliases, models);
  return {
    port,
    deltasPerSecond,
    aliases,
    ...(models && { models }),
    ...(answers !== undefined && { answers: await readAnswers(answers).catch(explain) }),
  };
}

function checkAliases(aliases: Record<string, string>, served: Record<string, ScriptedModel> = {}): void {
  const ids = Object.keys({ ...served, ...scriptedModels });
  for (const [alias, model] of Object.entries(aliases)) {
    if (ids.includes(model)) continue;
    const models = ids.map((id) => ({ name: id, id }));
    throw unknownTarget(alias, model, listNames(models, model));
  }
}

function explain(error: unknown): never {
  const isExpected = error instanceof AnswersError || error instanceof ModelServerError;
  throw isExpected ? new OptionError(error.message) : error;
}
