// Checks `--model` before anything is started, against the list that the function will have.
import { fileURLToPath } from "node:url";
import { scriptedModels } from "../../lib/local/bedrock/index.ts";
import { readService } from "../../lib/local/service-file.ts";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import { findModel, listNames, type Model } from "../../lib/stream/settings/models.ts";
import type { LocalOptions } from "./start-options.ts";
import { OptionError } from "../run-script.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Throws `OptionError`. `settings` are the function's own, as far as the environment names them. */
export async function checkModel(
  { model, bedrock }: Pick<LocalOptions, "model" | "bedrock">,
  settings: Record<string, string>,
): Promise<void> {
  if (model === undefined) return;
  const models = await listModels(bedrock, settings["DELTAPIPE_MODELS"]);
  if (findModel(models, model)) return;
  throw new OptionError(
    `--model is "${model}": it is not served here; served are ${listNames(models, model)}`,
  );
}

async function listModels(
  bedrock: LocalOptions["bedrock"],
  setting: string | undefined,
): Promise<readonly Model[]> {
  if (setting !== undefined) return readConfiguration({ DELTAPIPE_MODELS: setting }).models;
  if (bedrock === "local") return Object.keys(scriptedModels).map((id) => ({ name: id, id }));
  const { DELTAPIPE_MODELS } = (await readService(root)).variables;
  return readConfiguration({ DELTAPIPE_MODELS }).models;
}
