// Packages a copy of the service with osls, without credentials, and reads the template.
import { execFile, spawnSync } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { copyService, type ServiceCopy } from "./service-copy.ts";

const run = promisify(execFile);
const serverless = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");

export const hasLinter = spawnSync("cfn-lint", ["--version"]).status === 0;

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
}

export interface Template {
  Resources: Record<string, Resource>;
  Outputs: Record<string, { Value: unknown }>;
}

export interface Statement {
  Effect: string;
  Action: string[];
  Resource: unknown;
  Condition?: unknown;
}

export interface PackagedService extends ServiceCopy {
  /** Runs osls in the copy. */
  serverless(...args: string[]): Promise<{ stdout: string; stderr: string }>;
  /** Runs cfn-lint on the templates of the last packaging; returns its output. */
  lint(): Promise<string>;
  /** Packages with these parameters (`name=value`) and reads the template. */
  template(parameters?: string[], args?: string[]): Promise<Template>;
}

export async function openService(variables: Record<string, string> = {}): Promise<PackagedService> {
  const copy = await copyService();
  const { folder } = copy;
  // serverless-esbuild leaves files in the temporary folder. In this one, they are removed with the copy.
  const temporary = join(folder, "temporary");
  await mkdir(temporary);
  const env = { PATH: process.env["PATH"], HOME: folder, TMPDIR: temporary, ...variables };
  const runServerless = (...args: string[]) =>
    run(process.execPath, [serverless, ...args], { cwd: folder, env });
  return {
    ...copy,
    serverless: runServerless,
    async lint() {
      const templates = ["create", "update"].map(
        (step) => `.serverless/cloudformation-template-${step}-stack.json`,
      );
      const found = await run("cfn-lint", templates, { cwd: folder }).catch(
        (error: { stdout: string }) => error,
      );
      return found.stdout;
    },
    async template(parameters = [], args = []) {
      await runServerless("package", ...args, ...parameters.flatMap((pair) => ["--param", pair]));
      const file = join(folder, ".serverless/cloudformation-template-update-stack.json");
      return JSON.parse(await readFile(file, "utf8")) as Template;
    },
  };
}

export function propertiesOf({ Resources }: Template, name: string): Resource["Properties"] {
  const found = Resources[name]?.Properties;
  if (found === undefined) throw new Error(`Cannot find the resource ${name} in the template`);
  return found;
}

export function functionOf(template: Template): Resource["Properties"] {
  return propertiesOf(template, "ConverseLambdaFunction");
}

export function environmentOf(template: Template): Record<string, string> {
  return (functionOf(template)["Environment"] as { Variables: Record<string, string> }).Variables;
}

/** The statements of the function's role. */
export function roleStatements(template: Template): Statement[] {
  const policies = propertiesOf(template, "IamRoleLambdaExecution")["Policies"] as {
    PolicyDocument: { Statement: Statement[] };
  }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

export function bedrockStatements(template: Template): Statement[] {
  return roleStatements(template).filter(({ Action }) => JSON.stringify(Action).includes("bedrock"));
}

export function ofType(template: Template, type: string): [string, Resource["Properties"]][] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([name, { Properties }]) => [name, Properties]);
}
