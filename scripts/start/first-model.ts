// Checks, before anything is started, that the model of `--model` is in the function's list.
import { fileURLToPath } from "node:url";
import { modelsSetting, type BedrockOptions } from "../../lib/local/bedrock/index.ts";
import { readService } from "../../lib/local/service-file.ts";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import { findModel, listNames, parseModels, type Model } from "../../lib/stream/settings/models.ts";
import { unknownModel, type StartOptions } from "./start-options.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Rejects with `OptionError` if the list does not contain the model. `settings` are the settings from the environment. */
export async function checkModel(
  { model, bedrock }: Pick<StartOptions, "model" | "bedrock">,
  settings: Record<string, string>,
  localBedrock: BedrockOptions,
): Promise<void> {
  if (model === undefined) return;
  const models = await listModels(bedrock, settings["DELTAPIPE_MODELS"], localBedrock);
  if (findModel(models, model)) return;
  throw unknownModel(model, listNames(models, model));
}

async function listModels(
  bedrock: StartOptions["bedrock"],
  setting: string | undefined,
  localBedrock: BedrockOptions,
): Promise<readonly Model[]> {
  if (setting !== undefined) return readConfiguration({ DELTAPIPE_MODELS: setting }).models;
  if (bedrock === "local") return parseModels(modelsSetting(localBedrock));
  const { DELTAPIPE_MODELS } = (await readService(root)).variables;
  return readConfiguration({ DELTAPIPE_MODELS }).models;
}
