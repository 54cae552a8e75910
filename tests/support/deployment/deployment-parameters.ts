// Checks parameters as lib/deployment does during packaging, but without osls, which takes seconds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parse } from "yaml";

const require = createRequire(import.meta.url);
const { readParameters } = require("../../../lib/deployment/parameters.cjs") as {
  readParameters: (resolvers: object) => Promise<{ problems: string[] }>;
};

const file = new URL("../../../serverless.yml", import.meta.url);
export const defaults = (
  parse(readFileSync(file, "utf8")) as { params: { default: Record<string, unknown> } }
).params.default;

export interface Given {
  /** Values of `--param`: `name=value`. */
  parameters?: string[];
  region?: string;
  /** Parameters as if serverless.yml had them too. */
  added?: Record<string, unknown>;
  /** Parameters by stage. */
  stages?: Record<string, Record<string, unknown>>;
}

export async function problemsOf({
  parameters = [],
  region = "us-east-1",
  added = {},
  stages = {},
}: Given): Promise<string[]> {
  const given = Object.fromEntries(
    parameters.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
  const values: Record<string, unknown> = { ...defaults, ...added, ...given };
  const { problems } = await readParameters({
    options: { param: parameters },
    resolveVariable: async (name: string) =>
      name === "self:provider.region" ? region : values[name.replace("param:", "")],
    resolveConfigurationProperty: async () => ({ default: { ...defaults, ...added }, ...stages }),
  });
  return problems;
}
