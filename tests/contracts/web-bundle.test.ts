// The browser entries: their imports, their exports, and their size in a bundle.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { describe, expect, onTestFinished, test } from "vitest";
import * as nodeBedrock from "../../lib/bedrock/index.ts";
import * as webBedrock from "../../lib/bedrock/web.ts";
import type { Client } from "../../lib/client/index.ts";
import * as nodeClient from "../../lib/client/index.ts";
import * as webClient from "../../lib/client/web.ts";
import * as nodeAppSync from "../../lib/client/appsync/index.ts";
import * as webAppSync from "../../lib/client/appsync/web.ts";
import * as nodeWebSocket from "../../lib/client/websocket/index.ts";
import * as webWebSocket from "../../lib/client/websocket/web.ts";
import * as nodeSigner from "../../lib/signer/index.ts";
import * as webSigner from "../../lib/signer/web.ts";
import { connectEndless } from "../support/callers/connected-client.ts";
import { repository } from "../support/markdown.ts";

const bedrock = await bundle('export * from "./lib/bedrock/web.ts";');
const client = await bundle('export * from "./lib/client/web.ts";');
const signer = await bundle('export * from "./lib/signer/web.ts";');
const signRequest = await bundle('export { signRequest } from "./lib/signer/web.ts";');
const appSync = await bundle('export * from "./lib/client/appsync/web.ts";');
const webSocket = await bundle('export * from "./lib/client/websocket/web.ts";');
const resume = await bundle(`
  export { cancelAnswer } from "./lib/client/resume/cancel-answer.ts";
  export { openResumable } from "./lib/client/resume/resumable-answer.ts";
`);
const cognito = await bundle('export * from "./lib/cognito/index.ts";');
/** A typical app. A bundler leaves out the exports that the app does not use. */
const app = await bundle(`
  import { createClient } from "./lib/client/web.ts";
  export async function show(options, prompt, element) {
    const answer = createClient(options).converse({ prompt });
    for await (const text of answer.textStream()) element.append(text);
    return answer.result();
  }
`);

describe("the browser entry", () => {
  test.each([
    ["Bedrock client's options", nodeBedrock, webBedrock],
    ["client", nodeClient, webClient],
    ["WebSocket client", nodeWebSocket, webWebSocket],
    ["AppSync client", nodeAppSync, webAppSync],
    ["signer", nodeSigner, webSigner],
  ])("the browser entry of the %s exports the same names as the Node entry", (_, node, web) => {
    expect(Object.keys(web).toSorted()).toEqual(Object.keys(node).toSorted());
  });

  test.each([
    ["Bedrock client's options", bedrock],
    ["client", client],
    ["signer", signer],
    ["WebSocket client", webSocket],
    ["AppSync client", appSync],
    ["Cognito credentials", cognito],
  ])("the browser entry of the %s uses no package and none of Node's globals", (_, files) => {
    const { inputs } = files;
    const code = joined(all(files));
    expect(inputs.filter((path) => !path.startsWith("lib/") && path !== "<stdin>")).toEqual([]);
    expect(code).not.toMatch(/\bBuffer\b|\bprocess\b|\bsetImmediate\b|\b__dirname\b|\brequire\(|node:/);
  });

  test("the browser entry cannot import Node's modules, because esbuild would reject the bundle", async () => {
    await expect(bundle('export * from "./lib/client/index.ts";')).rejects.toThrow(
      /Could not resolve "node:/,
    );
  });
});

// The goal for a streaming app without its on-demand code is 9,000 bytes. Until it is reached, lower that budget whenever the
// app becomes smaller.
describe("the bundle for browsers, minified and gzipped", () => {
  test.each([
    ["a streaming app without its on-demand code", app.initial, 12_250],
    ["the on-demand code of a streaming app", app.later, 5_900],
    ["the on-demand code for resume and cancel()", resume.initial, 2_900],
    ["all code of a streaming app", all(app), 18_100],
    ["the client with all its exports", client.initial, 12_500],
    ["the WebSocket client alone", webSocket.initial, 14_300],
    ["the AppSync client alone", appSync.initial, 16_000],
    ["the signer", signer.initial, 6_000],
    ["bedrockClientOptions", bedrock.initial, 2_500],
    ["cognitoIdentity", cognito.initial, 3_000],
    ["signRequest alone", signRequest.initial, 6_000],
  ])("the bundle of %s stays within its budget", (name, files, budget) => {
    const gzipped = gzippedLength(files);
    console.log(`${name}: ${joined(files).length} bytes minified, ${gzipped} gzipped`);
    expect(gzipped).toBeLessThan(budget);
  });
});

describe("an app without the code that loads on demand", () => {
  test.each<[feature: string, use: (client: Client) => Promise<unknown>]>([
    ["a schema", (bundled) => bundled.converse({ prompt: "hi", schema: { type: "object" } }).result()],
    ["resume", (bundled) => bundled.converse({ prompt: "hi" }, { resume: true }).result()],
    ["cancel()", (bundled) => bundled.cancel(crypto.randomUUID())],
    ["models()", (bundled) => bundled.models()],
    ["toResponse()", (bundled) => bundled.converse({ prompt: "hi" }).toResponse()],
    ["toReadableStream()", (bundled) => readAll(bundled.converse({ prompt: "hi" }).toReadableStream())],
  ])(
    "an app without its on-demand code gets an error that says which files to deploy if it uses %s",
    async (_, use) => {
      const { service } = await connectEndless();
      const { createClient } = await deploy(client.initial);
      await expect(use(createClient({ ...service.options, retry: 0 }))).rejects.toMatchObject({
        name: "ConfigurationError",
        message: expect.stringContaining("deploy all files that your bundler writes") as string,
      });
    },
  );

  test("an app without its on-demand code aborts an answer that toResponse() cannot pass on", async () => {
    const { service } = await connectEndless();
    const { createClient } = await deploy(client.initial);
    const answer = createClient({ ...service.options, retry: 0 }).converse({ prompt: "hi" });
    await expect(answer.toResponse()).rejects.toThrow("cannot be loaded");
    await expect(answer.result()).rejects.toMatchObject({
      name: "AbortError",
      cause: { name: "ConfigurationError" },
    });
  });
});

/** A file of a bundle. */
interface File {
  name: string;
  text: string;
}

interface Bundle {
  /** The entry, and the files that are loaded with it. */
  initial: File[];
  /** The files that are loaded on demand. */
  later: File[];
  /** The sources, as paths relative to the repository. */
  inputs: string[];
}

function all({ initial, later }: Bundle): File[] {
  return [...initial, ...later];
}

function joined(files: File[]): string {
  return files.map(({ text }) => text).join("");
}

async function bundle(source: string): Promise<Bundle> {
  const result = await build({
    stdin: { contents: source, resolveDir: repository, loader: "ts" },
    absWorkingDir: repository,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    metafile: true,
    splitting: true,
    outdir: "/",
    write: false,
    logLevel: "silent",
  });
  const atOnce = loadedAtOnce(result.metafile);
  const [initial, later] = [true, false].map((wanted) =>
    result.outputFiles
      .filter(({ path }) => atOnce.has(path) === wanted)
      .map(({ path, text }) => ({ name: basename(path), text })),
  ) as [File[], File[]];
  return { initial, later, inputs: Object.keys(result.metafile.inputs) };
}

/** Each file is compressed separately, as a web server does. */
function gzippedLength(files: File[]): number {
  return files.reduce((sum, { text }) => sum + gzipSync(text, { level: 9 }).length, 0);
}

/** Writes the files to a folder, and imports the entry from there. */
async function deploy(files: File[]): Promise<typeof webClient> {
  const folder = await mkdtemp(join(tmpdir(), "deltapipe-bundle-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  for (const { name, text } of files) await writeFile(join(folder, name), text);
  return (await import(pathToFileURL(join(folder, "stdin.js")).href)) as typeof webClient;
}

function readAll(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return new Response(stream).text();
}

/** The paths of the entry and of the files that it imports, except those that it imports with `import()`. */
function loadedAtOnce({ outputs }: Metafile): Set<string> {
  const found = new Set<string>();
  function follow(path: string): void {
    if (found.has(path)) return;
    found.add(path);
    for (const each of outputs[path]!.imports) if (each.kind === "import-statement") follow(each.path);
  }
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint === "<stdin>") follow(path);
  return new Set([...found].map((path) => resolve(repository, path)));
}
