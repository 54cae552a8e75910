// Checks `--model` against the function's list of models, before anything is started.
import { fileURLToPath } from "node:url";
import { modelsSetting, type BedrockOptions } from "../../lib/local/bedrock/index.ts";
import { readService } from "../../lib/local/service-file.ts";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import { findModel, listNames, parseModels, type Model } from "../../lib/stream/settings/models.ts";
import { unknownModel, type StartOptions } from "./start-options.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Rejects with `OptionError`. `settings` are the function's settings that the environment overrides. */
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
