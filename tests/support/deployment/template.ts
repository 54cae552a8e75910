// The service's CloudFormation template, and functions that read parts of it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { builtOnce } from "../builds/built-once.ts";
import type { Packaging } from "./packaged-service.ts";

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
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

/** Reads the template of a packaging. Each packaging is made once per run. */
export async function packagedTemplate(packaging: Packaging = {}): Promise<Template> {
  const folder = await builtOnce("packaging", packaging);
  const text = await readFile(join(folder, "cloudformation-template-update-stack.json"), "utf8");
  return JSON.parse(text) as Template;
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
