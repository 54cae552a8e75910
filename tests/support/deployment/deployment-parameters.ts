// Reads parameters and computes parts of the template with lib/deployment. Packaging does the same, but takes seconds because it
// starts osls. parameters.test.ts compares these parts with a packaged template.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parse } from "yaml";
import type { Statement } from "./template.ts";

const require = createRequire(import.meta.url);
const { readParameters } = require("../../../lib/deployment/parameters.cjs") as {
  readParameters: (resolvers: object) => Promise<{ problems: string[] }>;
};
const parts = require("../../../lib/deployment/index.cjs") as {
  statements: (resolvers: object) => Promise<Statement[]>;
  environment: (resolvers: object) => Promise<Record<string, unknown>>;
};

const file = new URL("../../../serverless.yml", import.meta.url);
export const defaults = (
  parse(readFileSync(file, "utf8")) as { params: { default: Record<string, unknown> } }
).params.default;

export interface Given {
  /** Values of `--param`: `name=value`. */
  parameters?: string[];
  region?: string;
  /** More parameters with their defaults, as if serverless.yml had them. */
  added?: Record<string, unknown>;
  /** Parameters by stage. */
  stages?: Record<string, Record<string, unknown>>;
}

export async function problemsOf(given: Given): Promise<string[]> {
  const { problems } = await readParameters(resolversOf(given));
  return problems;
}

/** The statements of the function's role. They lack the statements for the function's logs, because osls adds those. */
export function statementsFor(given: Given): Promise<Statement[]> {
  return parts.statements(resolversOf(given));
}

/** The function's environment variables. */
export function environmentFor(given: Given): Promise<Record<string, unknown>> {
  return parts.environment(resolversOf(given));
}

/** The argument that osls passes to the functions that serverless.yml refers to. */
function resolversOf({ parameters = [], region = "us-east-1", added = {}, stages = {} }: Given): object {
  const given = Object.fromEntries(
    parameters.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
  const values: Record<string, unknown> = { ...defaults, ...added, ...given };
  return {
    options: { param: parameters },
    resolveVariable: async (name: string) =>
      name === "self:provider.region" ? region : values[name.replace("param:", "")],
    resolveConfigurationProperty: async () => ({ default: { ...defaults, ...added }, ...stages }),
  };
}
