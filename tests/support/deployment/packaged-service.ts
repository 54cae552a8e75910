// Runs osls in a copy of the service, without credentials.
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { copyService, type ServiceCopy } from "./service-copy.ts";

const run = promisify(execFile);
const serverless = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");

export interface Packaging {
  /** Parameters of serverless.yml: `name=value`. */
  parameters?: string[];
  /** Other arguments of osls. */
  args?: string[];
  /** Environment variables of osls. */
  variables?: Record<string, string>;
}

export interface PackagedService extends ServiceCopy {
  /** Runs osls in the copy. */
  serverless(args: string[], variables?: Record<string, string>): Promise<{ stdout: string; stderr: string }>;
  package(packaging?: Packaging): Promise<void>;
}

/**
 * Makes a copy of the service for tests that run osls in their own way. Other tests share packagings: see `packagedTemplate` in
 * template.ts.
 *
 * `builds` is the folder that all test files of a run share. It is the home directory of every osls in the run, because osls
 * keeps compiled schemas there, and compiling them takes two seconds.
 */
export async function openService(builds: string): Promise<PackagedService> {
  const copy = await copyService([], builds);
  // serverless-esbuild leaves files in the temporary folder. This temporary folder is removed after the run.
  const temporary = join(builds, "temporary");
  await mkdir(temporary, { recursive: true });
  const basic = { PATH: process.env["PATH"], HOME: builds, TMPDIR: temporary };
  const runServerless = (args: string[], variables: Record<string, string> = {}) =>
    run(process.execPath, [serverless, ...args], { cwd: copy.folder, env: { ...basic, ...variables } });
  return {
    ...copy,
    serverless: runServerless,
    async package({ parameters = [], args = [], variables = {} } = {}) {
      const pairs = parameters.flatMap((pair) => ["--param", pair]);
      await runServerless(["package", ...args, ...pairs], variables);
    },
  };
}
