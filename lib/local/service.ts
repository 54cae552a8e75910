// What serverless.yml says of the function, for running it without deploying it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { CorsConfiguration } from "./function-url/cors.ts";

export interface Service {
  name: string;
  handler: string;
  memorySize: number;
  timeoutSeconds: number;
  cors: CorsConfiguration | undefined;
  /** The models list among the default parameters. */
  models: string;
}

interface ServerlessFile {
  service: string;
  params: { default: Record<string, unknown> };
  functions: Record<string, FunctionEntry>;
}

interface FunctionEntry {
  handler: string;
  memorySize: number;
  timeout: number;
  url: { cors?: CorsConfiguration | null };
}

/** Reads the one function of the `serverless.yml` in `root`, with its parameters at their defaults. */
export async function readService(root: string): Promise<Service> {
  const file = parse(await readFile(join(root, "serverless.yml"), "utf8")) as ServerlessFile;
  const parameters = file.params.default;
  const [entry] = Object.entries(file.functions);
  if (entry === undefined) throw new Error("Cannot run serverless.yml: it has no function");
  const [key, found] = entry;
  const { handler, memorySize, timeout, url } = withParameters(found, parameters) as FunctionEntry;
  return {
    name: `${file.service}-local-${key}`,
    handler,
    memorySize,
    timeoutSeconds: timeout,
    cors: url.cors ?? undefined,
    models: String(parameters["models"]),
  };
}

/** Only `${param:…}` has a meaning here; what comes of `${file(…)}` or `${env:…}` is for deploying, and left out. */
function withParameters(value: unknown, parameters: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => withParameters(item, parameters));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, withParameters(member, parameters)]),
    );
  }
  if (typeof value !== "string" || !value.startsWith("${")) return value;
  const name = /^\$\{param:([\w-]+)\}$/.exec(value)?.[1];
  return name === undefined ? undefined : parameters[name];
}
