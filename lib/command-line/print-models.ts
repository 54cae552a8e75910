// The command `deltapipe models`: prints the service's models.
import type { ServedModel } from "../client/index.ts";
import { connect } from "./connect.ts";
import type { ModelsOptions } from "./command-options.ts";
import { findTarget } from "./service-target.ts";
import { printable } from "./terminal.ts";

export async function models(options: ModelsOptions): Promise<void> {
  const served = await connect(findTarget(options)).models();
  const text = options.json ? JSON.stringify({ models: served }) : printable(describeModels(served));
  process.stdout.write(`${text}\n`);
}

/**
 * One line for each model: its name, its id, and a mark if it is the default or in use. `current` is the name of the
 * model in use.
 */
export function describeModels(served: ServedModel[], current?: string): string {
  const width = Math.max(0, ...served.map(({ name }) => name.length));
  const lines = served.map(({ name, modelId = "", default: isDefault }) => {
    const mark = name === current ? "in use" : isDefault ? "default" : "";
    return [name.padEnd(width), modelId, mark && `(${mark})`].filter(Boolean).join("  ").trimEnd();
  });
  return lines.join("\n");
}
