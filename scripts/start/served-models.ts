// The line that lists the models of `--model-server`.
import { modelsSetting, type BedrockOptions } from "../../lib/local/bedrock/index.ts";
import { parseModels } from "../../lib/stream/settings/models.ts";

/** The line lists at most this number of models. */
const most = 30;

/**
 * Lists the names by which callers of the function choose the models. If a model's id in the local Bedrock differs from its name,
 * the id follows: `Models of http://127.0.0.1:11434/v1: gemma3, llama3.2-3b (id llama3.2:3b)`.
 */
export function describeServedModels(url: string, localBedrock: BedrockOptions): string {
  const served = parseModels(modelsSetting(localBedrock)).filter(
    ({ id }) => id in (localBedrock.models ?? {}),
  );
  const names = served.slice(0, most).map(({ name, id }) => (name === id ? name : `${name} (id ${id})`));
  const others = served.length > most ? ` and ${served.length - most} more` : "";
  return `Models of ${url}: ${names.join(", ")}${others}\n`;
}
