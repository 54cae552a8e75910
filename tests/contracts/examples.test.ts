// Runs every example in the Markdown documents and in the docstrings against a local stack.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { transform } from "esbuild";
import * as amplifyApi from "@aws-amplify/api";
import { Amplify, Hub } from "@aws-amplify/core";
import { EventSource } from "eventsource";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import * as bedrock from "../../lib/bedrock/index.ts";
import * as appSync from "../../lib/client/appsync/index.ts";
import * as client from "../../lib/client/index.ts";
import * as webSocket from "../../lib/client/websocket/index.ts";
import * as cognito from "../../lib/cognito/index.ts";
import * as signer from "../../lib/signer/index.ts";
import { codeBlocks, documents, repository } from "../support/markdown.ts";
import { startProxy, type StartedProxy } from "../../lib/command-line/proxy/start-proxy.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const run = promisify(execFile);
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const temporary = { accessKeyId: "local-temporary", secretAccessKey: "local", sessionToken: "local-session" };

let stack: TestStack;
let proxy: StartedProxy;
beforeAll(async () => {
  const options = { deltasPerSecond: Infinity };
  const callers = [credentials, temporary];
  stack = await startTestStack({ callers, bedrock: { kind: "local", options }, answerStore: {} });
  // Node 20 has no WebSocket, and Amplify turns an http URL into a wss URL.
  Object.assign(globalThis, {
    WebSocket: class extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url.replace("wss:", "ws:"), protocols);
      }
    },
  });
  proxy = await startProxy({ url: new URL(stack.url), region: "us-east-1", credentials, port: 0 });
});
afterAll(async () => {
  await proxy.close();
  await stack.close();
});

/** Replaces the URLs of the deployed service with the local stack's, and adds the Region, which a local URL does not contain. */
function onThisStack(example: string): string {
  return example
    .replaceAll("http://127.0.0.1:9000/", stack.url)
    .replaceAll("http://127.0.0.1:9100/", proxy.url)
    .replaceAll("ws://127.0.0.1:9002/v1", stack.webSocketUrl)
    .replace(
      `"wss://abc123.execute-api.eu-west-1.amazonaws.com/v1"`,
      `"${stack.webSocketUrl}", region: "us-east-1"`,
    )
    .replaceAll("http://127.0.0.1:9003/graphql", stack.appSyncUrl)
    .replaceAll(`region: "eu-west-1"`, `region: "us-east-1"`)
    .replace(
      `url: "https://abc123.appsync-api.eu-west-1.amazonaws.com/graphql"`,
      `url: "${stack.appSyncUrl}", region: "us-east-1"`,
    )
    .replace("https://abc123.appsync-api.eu-west-1.amazonaws.com/graphql", stack.appSyncUrl)
    .replaceAll("https://abc123.lambda-url.eu-west-1.on.aws/", stack.url)
    .replace("credentials: fromNodeProviderChain()", `credentials, region: "us-east-1"`)
    .replace("{ url, credentials }", `{ url, credentials, region: "us-east-1" }`)
    .replace("{ credentials }", `{ credentials, region: "us-east-1", service: "lambda" }`);
}

/** Runs TypeScript as the body of a function with the given names in scope. Resolves with the text that it prints. */
async function runTypeScript(example: string, given: Record<string, unknown> = {}): Promise<string> {
  const withoutImports = onThisStack(example).replaceAll(
    /^import .* from "(deltapipe(\/\w+)?|node:[\w/]+|aws-amplify(\/\w+)?|eventsource|zod|@aws-sdk\/[\w-]+|@smithy\/[\w-]+)";$/gm,
    "",
  );
  // The transformed code may begin with functions that it needs, such as those of `await using`.
  const source = `run = async () => {${withoutImports}\n}`;
  const { code } = await transform(source, { loader: "ts", target: "es2022" });
  let written = "";
  const process = {
    stdout: { write: (chunk: string | Uint8Array) => (written += Buffer.from(chunk as string).toString()) },
  };
  const modules = await nodeModulesOf(example);
  const aws = { BedrockRuntimeClient, ConverseStreamCommand, NodeHttpHandler };
  const names = {
    ...bedrock,
    ...client,
    ...appSync,
    ...webSocket,
    ...amplify,
    ...cognito,
    ...signer,
    ...modules,
    ...aws,
    EventSource,
    z,
    credentials,
    process,
    ...given,
  };
  const start = new Function(...Object.keys(names), `let run;\n${code}\nreturn run();`);
  await (start(...Object.values(names)) as Promise<void>);
  return written;
}

/** The exports of `aws-amplify`, `aws-amplify/api` and `aws-amplify/utils` that the examples use. */
const { CONNECTION_STATE_CHANGE, ConnectionState, generateClient } = amplifyApi;
const amplify = { Amplify, CONNECTION_STATE_CHANGE, ConnectionState, generateClient, Hub };

/** The exports of the Node modules that an example imports. */
async function nodeModulesOf(example: string): Promise<Record<string, unknown>> {
  const names = [...example.matchAll(/ from "(node:[\w/]+)";$/gm)].map(([, name = ""]) => name);
  const modules = await Promise.all(names.map((name) => import(name) as Promise<Record<string, unknown>>));
  const exported = Object.assign({}, ...modules) as Record<string, unknown>;
  delete exported["default"];
  return exported;
}

/** The examples of all documents in one language, each with the path of its document. */
async function examplesIn(language: string): Promise<[string, string][]> {
  const found = documents.map(async (document) => {
    const text = await readFile(`${repository}${document}`, "utf8");
    return codeBlocks(text, language).map((example): [string, string] => [document, example]);
  });
  return (await Promise.all(found)).flat();
}

/** All examples ask for the same story. */
const story = /On a hill above the sea[^]*rain/;
const lines = /\{"type":"start"[^]*"type":"end"[^\n]*\}\n$/;

describe("the documents", async () => {
  const [typeScript, shell, python] = await Promise.all(["ts", "sh", "python"].map(examplesIn));
  const curl = shell!.filter(([, example]) => example.startsWith("curl "));

  test("the documents have examples in each language", () => {
    expect(typeScript!.length).toBeGreaterThan(3);
    expect(curl.length).toBeGreaterThan(3);
    expect(python!.length).toBeGreaterThan(0);
  });

  test.each(typeScript!)("%s: TypeScript example %$ prints an answer", async (_, example) => {
    const written = await runTypeScript(example);
    expect(written).toMatch(written.startsWith("{") ? lines : story);
  });

  test.each(curl)("%s: curl example %$ prints an answer", async (_, example) => {
    const env = {
      PATH: process.env["PATH"],
      AWS_ACCESS_KEY_ID: temporary.accessKeyId,
      AWS_SECRET_ACCESS_KEY: temporary.secretAccessKey,
      AWS_SESSION_TOKEN: temporary.sessionToken,
    };
    // This machine may not have jq, so only the command in front of the pipe to jq is run.
    const command = onThisStack(example).replace(/\|\s*jq[^]*$/, "");
    const { stdout } = await run("sh", ["-c", command], { env });
    // A mutation returns at once, and the model's answer goes to a subscriber.
    expect(stdout).toMatch(
      example.includes("mutation") ? /^\{"data":\{"ask":\{"chatId":"test"\}\}\}$/ : lines,
    );
  });

  const hasBotocore = await run("python3", ["-c", "import botocore"]).then(
    () => true,
    () => false,
  );
  test.skipIf(!hasBotocore).each(python!)("%s: Python example %$ prints an answer", async (_, example) => {
    const env = { PATH: process.env["PATH"], AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
    const { stdout } = await run("python3", ["-c", onThisStack(example)], { env });
    expect(stdout).toMatch(story);
  });
});

describe("the docstrings", async () => {
  const modules = await Promise.all(
    ["bedrock", "client", "cognito", "signer"].map(async (module) =>
      (await readdir(`${repository}lib/${module}`, { recursive: true }))
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `${module}/${file}`),
    ),
  );
  const files = modules.flat();
  const examples: [string, string][] = [];
  for (const file of files) {
    const source = await readFile(`${repository}lib/${file}`, "utf8");
    for (const [, comment = ""] of source.matchAll(/@example\n([^]*?)\*\//g)) {
      examples.push([file, comment.replaceAll(/^ *\* ?/gm, "").trim()]);
    }
  }

  test("the docstrings have examples", () => expect(examples.length).toBeGreaterThan(10));

  test.each(examples)("the example in %s runs: %s", async (_, example) => {
    const [, className] = /error instanceof (\w+)/.exec(example) ?? [];
    const details = {
      partial: { role: "assistant", content: [] },
      retryable: true,
      retryAfterMs: 1,
      requestId: "r",
      result: { content: [] },
    };
    const connected = client.createClient({ url: stack.url, region: "us-east-1", credentials });
    const given: Record<string, unknown> = {
      console: { error: () => undefined },
      setTimeout,
      request: { modelId: "x" },
      keep: () => undefined,
      getIdToken: async () => "token",
      history: [],
      event: { type: "contentBlockDelta", delta: { text: "Hi" } },
      client: connected,
      stream: connected.converse({ prompt: "x" }),
      objects: connected.converse({ prompt: "x", schema: { type: "object", additionalProperties: false } }),
    };
    if (className !== undefined) {
      const ErrorClass = (client as unknown as Record<string, new (text: string, details: object) => Error>)[
        className
      ];
      given["error"] = new ErrorClass!("It broke", details);
    }
    const running = runTypeScript(example, given);
    // Some examples rethrow the error.
    if (example.includes("throw error")) await expect(running).rejects.toThrow("It broke");
    else await running;
    for (const name of ["stream", "objects"]) {
      await (given[name] as client.ConverseStream).result().catch(() => undefined);
    }
  });
});
