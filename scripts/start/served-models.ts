// The line that names the models of `--model-server`.
import { modelsSetting, type BedrockOptions } from "../../lib/local/bedrock/index.ts";
import { parseModels } from "../../lib/stream/settings/models.ts";

const most = 30;

/** Names the models as callers of the function do: `Models of http://127.0.0.1:11434/v1: llama3.2-3b, qwen3-4b`. */
export function describeServedModels(url: string, localBedrock: BedrockOptions): string {
  const served = localBedrock.models ?? {};
  const names = parseModels(modelsSetting(localBedrock)).flatMap(({ name, id }) =>
    id in served ? [name] : [],
  );
  const others = names.length > most ? ` and ${names.length - most} more` : "";
  return `Models of ${url}: ${names.slice(0, most).join(", ")}${others}\n`;
}
