// What serverless.yml says of the function, for running it without deploying it.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parse } from "yaml";
import type { CorsConfiguration } from "./function-url/index.ts";

export interface Service {
  name: string;
  handler: string;
  memorySize: number;
  timeoutSeconds: number;
  cors: CorsConfiguration | undefined;
  /** The function's own settings, as deploying with the default parameters would set them. */
  variables: Record<string, string>;
}

/** serverless.yml is not what this can run; the message says where. */
export class ServiceFileError extends Error {
  override name = "ServiceFileError" as const;
}

/** What the two of them make of the parameters is the same here as in a deployment. */
const require = createRequire(import.meta.url);
const { environment, functionParameters } = require("../deployment/variables.cjs") as {
  functionParameters: string[];
  environment: (parameters: { ofFunction: Record<string, string> }) => Record<string, string>;
};
const { cors } = require("../deployment/cors-origins.cjs") as {
  cors: (parameters: { corsOrigins: string[] }) => CorsConfiguration | null;
};

type Section = Record<string, unknown>;

/** Reads the one function of the `serverless.yml` in `root`. Rejects with `ServiceFileError`. */
export async function readService(root: string): Promise<Service> {
  const file = await readSection(join(root, "serverless.yml"));
  const parameters = section(section(file["params"], "params")["default"], "params.default");
  const [entry] = Object.entries(section(file["functions"], "functions"));
  if (entry === undefined) throw wrong("functions", "a function", undefined);
  const [key, value] = entry;
  const found = { ...section(file["provider"], "provider"), ...section(value, `functions.${key}`) };
  const text = (name: string): string => String(parameters[name] ?? "none").trim();
  const origins = text("corsOrigins");
  return {
    name: `${String(file["service"])}-local-${key}`,
    handler: String(found["handler"]),
    // What osls takes where nothing is said.
    memorySize: number("memorySize", found["memorySize"] ?? 1024, parameters),
    timeoutSeconds: number("timeout", found["timeout"] ?? 6, parameters),
    cors: cors({ corsOrigins: origins === "none" ? [] : origins.split(/[\s,]+/) }) ?? undefined,
    variables: environment({
      ofFunction: Object.fromEntries(functionParameters.map((name) => [name, text(name)])),
    }),
  };
}

async function readSection(file: string): Promise<Section> {
  try {
    return section(parse(await readFile(file, "utf8")), "the file");
  } catch (error) {
    if (error instanceof ServiceFileError) throw error;
    const [sentence] = (error as Error).message.split("\n");
    throw new ServiceFileError(`Cannot read serverless.yml: ${sentence}`, { cause: error });
  }
}

function section(value: unknown, key: string): Section {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Section;
  throw wrong(key, "a section", value);
}

/** A number, or the parameter that gives it. */
function number(key: string, value: unknown, parameters: Section): number {
  const name = /^\$\{param:([\w-]+)\}$/.exec(String(value))?.[1];
  const found = Number(name === undefined ? value : parameters[name]);
  if (Number.isFinite(found) && found > 0) return found;
  throw wrong(key, "a number or ${param:name}", value);
}

function wrong(key: string, expected: string, found: unknown): ServiceFileError {
  return new ServiceFileError(
    `Cannot run serverless.yml: ${key} should be ${expected}, found ${JSON.stringify(found)}`,
  );
}
