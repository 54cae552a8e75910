// Runs the code that the page offers for curl, the client and Python against a local stack.
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { curlExample, isInline, pythonExample, typescriptExample } from "../../lib/page/example-code.ts";
import { waitFor } from "../support/deadline.ts";
import { repository } from "../support/markdown.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const run = promisify(execFile);
const hasCurl = spawnSync("curl", ["--aws-sigv4", "", "--version"]).status === 0;
const hasBotocore = spawnSync("python3", ["-c", "import botocore"]).status === 0;

/** A text with characters that end a string, or that have different escapes in JSON, a shell and Python. */
const hard = `It's "raining" \\ $HOME \`id\` '''\n\ttab, é, 雨, 🌧, \u2028 end`;
const request = {
  modelId: "local.echo",
  messages: [{ role: "user", content: [{ text: hard }] }],
  inferenceConfig: { maxTokens: 50, temperature: 0.5 },
  additionalModelRequestFields: { flag: true, other: false, nothing: null, none: {}, empty: [] },
};
const long = { modelId: "local.echo", prompt: "rain ".repeat(1000).trim() };

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  [stack, folder] = await Promise.all([
    startTestStack({ bedrock: { kind: "local", options: { deltasPerSecond: Infinity } } }),
    mkdtemp(join(tmpdir(), "deltapipe-examples-")),
  ]);
  await writeFile(join(folder, "request.json"), JSON.stringify(long));
});
afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true });
});

function target() {
  return { url: stack.url, region: "us-east-1", hasLocalKey: true };
}

async function runFile(program: string, name: string, code: string, args: string[] = []): Promise<string> {
  await writeFile(join(folder, name), code);
  const { stdout } = await waitFor(name, run(program, [...args, name], { cwd: folder }));
  return stdout;
}

async function textFromCurl(code: string): Promise<string> {
  const lines = (await runFile("sh", "example.sh", code)).trimEnd().split("\n");
  const deltas = lines.map((line) => JSON.parse(line) as { delta?: { text?: string } });
  return deltas.map(({ delta }) => delta?.text ?? "").join("");
}

function textFromClient(code: string): Promise<string> {
  const client = pathToFileURL(`${repository}lib/client/index.ts`).href;
  const source = code.replace(`from "deltapipe"`, `from ${JSON.stringify(client)}`);
  return runFile(process.execPath, "example.mts", source, ["--import", import.meta.resolve("tsx")]);
}

function textFromPython(code: string): Promise<string> {
  return runFile("python3", "example.py", code);
}

describe.skipIf(!hasCurl)("the curl command", () => {
  test("the curl command sends the request as it is, whatever the texts contain", async () => {
    expect(await textFromCurl(curlExample(request, target()))).toBe(hard);
  });

  test("the curl command reads a long request from a file", async () => {
    expect(await textFromCurl(curlExample(long, target()))).toBe(long.prompt);
  });
});

describe("the client's code", () => {
  test("the client's code sends the request as it is, whatever the texts contain", async () => {
    expect(await textFromClient(typescriptExample(request, target()))).toBe(hard);
  });

  test("the client's code reads a long request from a file", async () => {
    expect(await textFromClient(typescriptExample(long, target()))).toBe(long.prompt);
  });
});

describe.skipIf(!hasBotocore)("the Python code", () => {
  test("the Python code sends the request as it is, whatever the texts contain", async () => {
    expect(await textFromPython(pythonExample(request, target()))).toBe(hard);
  });

  test("the Python code reads a long request from a file", async () => {
    expect(await textFromPython(pythonExample(long, target()))).toBe(long.prompt);
  });
});

describe("for a deployed service, the code", () => {
  const deployed = {
    url: "https://abc123.lambda-url.eu-west-1.on.aws/",
    region: "eu-west-1",
    hasLocalKey: false,
  };

  test.each([
    ["curl", curlExample, "$AWS_SECRET_ACCESS_KEY"],
    ["the client", typescriptExample, "fromNodeProviderChain()"],
    ["Python", pythonExample, "Session().get_credentials()"],
  ])(
    "for a deployed service, the code of %s takes the caller's own credentials and contains no key",
    (_, write, credentials) => {
      const code = write({ prompt: "x" }, deployed);
      expect(code).toContain(credentials);
      expect(code).toContain(deployed.url);
      expect(code).not.toMatch(/local/);
    },
  );

  test("the code contains the request only if the request has at most 2000 characters", () => {
    expect([isInline({ prompt: "x".repeat(1900) }), isInline({ prompt: "x".repeat(2000) })]).toEqual([
      true,
      false,
    ]);
  });
});
