// Reads the functions' configuration from serverless.yml, to run the functions without a deployment.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parse } from "yaml";
import { bedrockClients, type BedrockClient } from "./bundle.ts";
import type { CorsConfiguration } from "./function-url/index.ts";

export interface FunctionSettings {
  name: string;
  handler: string;
  memorySize: number;
  timeoutSeconds: number;
  /** The longest time that an asynchronous invocation waits for an execution environment. */
  maximumEventAgeSeconds: number;
  /** The function's environment, as a deployment with the same parameters would set it. */
  variables: Record<string, string>;
}

/** The function behind the Function URL, and the service's other parts. */
export interface Service extends FunctionSettings {
  cors: CorsConfiguration | undefined;
  /** The client with which the functions call Bedrock: the value of the parameter `bedrockClient`. */
  bedrockClient: BedrockClient;
  /** The function behind the WebSocket API, as if the parameter `webSocket` were true. */
  webSocket: FunctionSettings;
  /** The function behind the GraphQL API, as if the parameter `appSync` were true. */
  appSync: FunctionSettings;
}

/** Thrown if serverless.yml cannot be read or run locally. If a value causes the problem, the message names its key. */
export class ServiceFileError extends Error {
  override name = "ServiceFileError" as const;
}

/** serverless.yml calls these functions as well, so the parameters have the same effect as in a deployment. */
const require = createRequire(import.meta.url);
const { environment, functionParameters } = require("../deployment/variables.cjs") as {
  functionParameters: string[];
  environment: (parameters: { ofFunction: Record<string, string> }) => Record<string, string>;
};
const { webSocketFunction } = require("../deployment/web-socket.cjs") as {
  webSocketFunction: (parameters: object) => { webSocket: Section };
};
const { appSyncFunction } = require("../deployment/app-sync.cjs") as {
  appSyncFunction: (parameters: object) => { appSync: Section };
};
const { cors } = require("../deployment/cors-origins.cjs") as {
  cors: (parameters: {
    ofFunction: Record<string, string>;
    corsOrigins: string[];
  }) => CorsConfiguration | null;
};

type Section = Record<string, unknown>;

/**
 * Reads the functions of the `serverless.yml` in `root`. `given` has values of parameters that replace the file's defaults, like
 * `--param` in a deployment. Rejects with `ServiceFileError`.
 */
export async function readService(root: string, given: Record<string, string> = {}): Promise<Service> {
  const file = await readSection(join(root, "serverless.yml"));
  const defaults = section(section(file["params"], "params")["default"], "params.default");
  const parameters = { ...defaults, ...given };
  const [entry, ...others] = Object.entries(functionsIn(file["functions"]));
  if (entry === undefined) throw wrong("functions", "a function", undefined);
  // If only the first function ran, nobody would notice that the others are not tested.
  if (others.length > 0)
    throw wrong(
      "functions",
      "one function, and those that lib/deployment computes",
      [entry, ...others].map(([key]) => key),
    );
  const [key, value] = entry;
  const text = (name: string): string => String(parameters[name] ?? "none").trim();
  const ofFunction = Object.fromEntries(functionParameters.map((name) => [name, text(name)]));
  const origins = text("corsOrigins");
  function settings(name: string, entry: Section): Omit<FunctionSettings, "variables"> {
    const found = { ...section(file["provider"], "provider"), ...entry };
    return {
      name: `${String(file["service"])}-local-${name}`,
      handler: String(found["handler"]),
      // The defaults are those of osls and Lambda.
      memorySize: number("memorySize", found["memorySize"] ?? 1024, parameters),
      timeoutSeconds: number("timeout", found["timeout"] ?? 6, parameters),
      maximumEventAgeSeconds: number("maximumEventAge", found["maximumEventAge"] ?? 21_600, parameters),
    };
  }
  /** The functions that serverless.yml has only if a parameter is true. */
  function optional(name: string, entry: Section): FunctionSettings {
    // Values that are not strings refer to CloudFormation's resources, for example to the address of the API. They are left out.
    const variables = Object.entries(section(entry["environment"], `functions.${name}.environment`));
    const known = variables.filter((pair): pair is [string, string] => typeof pair[1] === "string");
    return { ...settings(name, entry), variables: Object.fromEntries(known) };
  }
  const all = { ...parameters, ofFunction };
  const { webSocket } = webSocketFunction({ ...all, webSocket: true });
  const { appSync } = appSyncFunction({ ...all, appSync: true });
  return {
    ...settings(key, section(value, `functions.${key}`)),
    variables: environment({ ofFunction }),
    bedrockClient: bedrockClientIn(parameters),
    cors: cors({ ofFunction, corsOrigins: origins === "none" ? [] : origins.split(/[\s,]+/) }) ?? undefined,
    webSocket: optional("webSocket", webSocket),
    appSync: optional("appSync", appSync),
  };
}

async function readSection(file: string): Promise<Section> {
  try {
    return section(parse(await readFile(file, "utf8")), "the file");
  } catch (error) {
    if (error instanceof ServiceFileError) throw error;
    // Only the first line says what is wrong. The others quote the file.
    const [sentence = ""] = (error as Error).message.split("\n");
    const found = sentence.replace(/:$/, "");
    throw new ServiceFileError(`Cannot read serverless.yml: ${found}; correct the file`, { cause: error });
  }
}

function section(value: unknown, key: string): Section {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Section;
  throw wrong(key, "a section", value);
}

/** osls merges a list of sections into one. */
function functionsIn(value: unknown): Section {
  if (!Array.isArray(value)) return section(value, "functions");
  const sections = value.filter((each) => !computedFunctions.includes(each));
  return Object.assign({}, ...sections.map((each) => section(each, "functions"))) as Section;
}

/** Sections that `lib/deployment` computes. Each contains one function, or none, depending on a parameter. */
const computedFunctions: unknown[] = [
  "${file(lib/deployment/index.cjs):webSocketFunction}",
  "${file(lib/deployment/index.cjs):appSyncFunction}",
];

function bedrockClientIn({ bedrockClient }: Section): BedrockClient {
  const found = bedrockClients.find((name) => name === bedrockClient);
  if (found !== undefined) return found;
  throw wrong("params.default.bedrockClient", bedrockClients.join(" or "), bedrockClient);
}

/** Reads a number, or the value of the parameter that it refers to. */
function number(key: string, value: unknown, parameters: Section): number {
  const name = /^\$\{param:([\w-]+)\}$/.exec(String(value))?.[1];
  const found = name === undefined ? value : parameters[name];
  if (Number.isFinite(Number(found)) && Number(found) > 0) return Number(found);
  throw wrong(key, "a number above 0 or ${param:name}", found);
}

function wrong(key: string, expected: string, found: unknown): ServiceFileError {
  return new ServiceFileError(
    `Cannot run serverless.yml: ${key} is ${found === undefined ? "missing" : JSON.stringify(found)}; use ${expected}`,
  );
}
