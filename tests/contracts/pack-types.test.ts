// The types of the npm package, compiled in a project that installs it.
import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeBlocks, documents, repository } from "../support/markdown.ts";
import { type InstalledPackage, installPackage } from "../support/processes/installed-package.ts";

const run = promisify(execFile);
const compiler = join(repository, "node_modules/typescript/bin/tsc");

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage([
    "@types/node",
    "undici-types",
    "eventsource",
    "eventsource-parser",
    "zod",
    "@aws-amplify/api",
    "@aws-amplify/core",
    "@aws-sdk/client-bedrock-runtime",
    "@smithy/node-http-handler",
  ]);
});
afterAll(() => installed.remove());

describe("the types", () => {
  const source = `
import { createClient, type ConverseEvent, type Message, StreamCutError } from "deltapipe";
import { signRequest } from "deltapipe/signer";
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const client = createClient({ url: "http://127.0.0.1/", region: "us-east-1", credentials });
export async function read(history: Message[]): Promise<string> {
  const stream = client.converse({ messages: history });
  let text = "";
  for await (const event of stream) text += textOf(event);
  const { message, stopReason, usage } = await stream.result();
  if (message) history.push(message);
  // @ts-expect-error: not every answer can be a turn.
  history.push(message);
  const tokens: number | undefined = usage?.outputTokens;
  const headers: Record<string, string> = await signRequest({ url: "http://127.0.0.1/" }, { credentials });
  return \`\${text} \${stopReason} \${tokens} \${headers["host"]}\`;
}
function textOf(event: ConverseEvent): string {
  return event.type === "contentBlockDelta" ? (event.delta.text ?? "") : "";
}
export function partialOf(error: unknown): Message | undefined {
  return error instanceof StreamCutError ? error.partial : undefined;
}
// @ts-expect-error: a misspelt member is found.
client.converse({ promt: "x" });
// @ts-expect-error: credentials are required.
createClient({ url: "http://127.0.0.1/" });
`;

  test.each([
    ["nodenext", "nodenext", "consumer.mts"],
    ["nodenext, in CommonJS", "nodenext", "consumer.cts"],
    ["bundler", "bundler", "consumer.ts"],
  ])("the package's types compile in a project with moduleResolution %s", async (_, resolution, file) => {
    await compile({ [file]: source }, { resolution });
  });
});

describe("the examples", () => {
  test("the examples in the documents compile in a strict project", async () => {
    const examples = (await Promise.all(documents.map(read))).flatMap((text) => codeBlocks(text, "ts"));
    expect(examples.length).toBeGreaterThan(3);
    const [withAmplify, others] = [true, false].map((isWanted) =>
      examples
        .map((example, index) => [`document-${index}.mts`, example] as const)
        .filter(([, example]) => example.includes('"aws-amplify"') === isWanted),
    );
    await compile(Object.fromEntries(others!));
    // Amplify's own types need the types of a browser.
    const sources = { ...Object.fromEntries(withAmplify!), "aws-amplify.d.ts": awsAmplify };
    await compile(sources, { lib: "es2022,dom" });
  });

  test("the examples in the docstrings compile in a strict project", async () => {
    const modules = ["lib/bedrock", "lib/client", "lib/cognito", "lib/signer"].map(async (module) =>
      (await readdir(join(repository, module), { recursive: true }))
        .filter((file) => file.endsWith(".ts"))
        .map((file) => read(`${module}/${file}`)),
    );
    const sources = await Promise.all((await Promise.all(modules)).flat());
    const examples = sources.flatMap((text) => [...text.matchAll(/@example\n([^]*?)\*\//g)]);
    expect(examples.length).toBeGreaterThan(10);
    const functions = examples.map(
      ([, comment = ""], index) =>
        `export async function example${index}() {\n${comment.replaceAll(/^ *\* ?/gm, "")}\n}`,
    );
    await compile({ "docstrings.mts": [given, ...functions].join("\n") });
  });

  /** `aws-amplify`, without the many packages that the examples do not use. */
  const awsAmplify = `
declare module "aws-amplify" { export { Amplify } from "@aws-amplify/core"; }
declare module "aws-amplify/api" { export * from "@aws-amplify/api"; }
declare module "aws-amplify/utils" { export { Hub } from "@aws-amplify/core"; }
`;

  /** Imports and declarations that the docstrings' examples leave out. */
  const given = `
import { setTimeout } from "node:timers/promises";
import {
  AbortError, AuthorizationError, ConfigurationError, createClient, DeltapipeError, IncompleteAnswerError, RequestError,
  RetryLaterError, SchemaMismatchError, ServiceError, StreamCutError, StreamFailedError, TimeoutError, toolResult,
  unknownContentBlock, type Client, type JsonSchema, type ObjectResult, type ObjectStream, type PartialObject,
  type StandardSchema, type ToolDefinitions,
  type ConverseEvent, type ConverseRequest, type ConverseStream, type Credentials, type CredentialsProvider, type Message,
} from "deltapipe";
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { bedrockClientOptions } from "deltapipe/bedrock";
import { cognitoIdentity } from "deltapipe/cognito";
import { createSignedFetch, presignUrl, signRequest } from "deltapipe/signer";
import { createAppSyncClient } from "deltapipe/appsync";
import { createWebSocketClient } from "deltapipe/websocket";
declare function getIdToken(): Promise<string>;
declare const client: Client;
declare const credentials: Credentials;
declare const objects: ObjectStream;
declare function fromNodeProviderChain(): CredentialsProvider;
declare const error: unknown;
declare const event: ConverseEvent;
declare const history: Message[];
declare const request: ConverseRequest;
declare const stream: ConverseStream;
declare function keep(content: Message["content"]): void;
`;
});

/** Compiles files, given by name, in one run. Rejects with the compiler's messages. */
async function compile(
  sources: Record<string, string>,
  { resolution = "nodenext", lib = "es2022" } = {},
): Promise<void> {
  for (const [file, source] of Object.entries(sources))
    await writeFile(join(installed.project, file), source);
  const options = {
    "--module": resolution === "bundler" ? "esnext" : "nodenext",
    "--moduleResolution": resolution,
    "--target": "es2022",
    "--lib": lib,
    "--types": "node",
  };
  const args = ["--noEmit", "--strict", ...Object.entries(options).flat(), ...Object.keys(sources)];
  await run(process.execPath, [compiler, ...args], { cwd: installed.project }).catch((error: unknown) => {
    throw new Error((error as { stdout: string }).stdout);
  });
}

function read(file: string): Promise<string> {
  return readFile(join(repository, file), "utf8");
}
