// Runs those examples in lib/bedrock/README.md that need a library installed in this folder.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StartedProxy, startProxy } from "../../lib/command-line/proxy/start-proxy.ts";
import { waitFor } from "../support/deadline.ts";
import { codeBlocks, repository } from "../support/markdown.ts";
import { hasPythonModule } from "../support/callers/python-process.ts";
import { caller, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const run = promisify(execFile);
const folder = fileURLToPath(new URL(".", import.meta.url));
const guide = await readFile(join(repository, "lib/bedrock/README.md"), "utf8");
const story = /On a hill above the sea[^]*rain/;

let stack: TestStack;
let proxy: StartedProxy;
let scripts: string;
beforeAll(async () => {
  stack = await startTestStack();
  proxy = await startProxy({ url: new URL(stack.url), region: "us-east-1", credentials: caller, port: 0 });
  // The scripts are within this folder, so that they find its packages.
  scripts = await mkdtemp(join(folder, "node_modules/.examples-"));
});
afterAll(async () => {
  await proxy.close();
  await stack.close();
  await rm(scripts, { recursive: true });
});

function onThisStack(example: string): string {
  return example
    .replaceAll("http://127.0.0.1:9000/", stack.url)
    .replaceAll("http://127.0.0.1:9100", proxy.url.replace(/\/$/, ""));
}

/** The examples in one language, each with the name of the first module that it imports. */
function examplesIn(language: string): [subject: string, example: string][] {
  return codeBlocks(guide, language).map((example) => {
    const [, module = ""] = /(?:from|import) "?(@?[\w-]+(?:\/[\w-]+)?|\w+)/.exec(example) ?? [];
    return [module, example];
  });
}

describe("the guide's example in JavaScript", () => {
  const examples = examplesIn("js");
  test("the guide has an example in JavaScript for each library", () => expect(examples).toHaveLength(3));

  test.each(examples)("the guide's example with %s prints an answer", async (_, example) => {
    const outfile = join(scripts, `${examples.findIndex(([, each]) => each === example)}.mjs`);
    await build({
      stdin: { contents: onThisStack(example), resolveDir: folder },
      bundle: true,
      format: "esm",
      platform: "node",
      alias: {
        "deltapipe/bedrock": join(repository, "lib/bedrock/index.ts"),
        "deltapipe/signer": join(repository, "lib/signer/index.ts"),
      },
      external: [
        "@ai-sdk/*",
        "@aws-sdk/*",
        "@langchain/*",
        "@smithy/*",
        "@strands-agents/*",
        "ai",
        "aws4",
        "undici",
      ],
      outfile,
    });
    const { stdout } = await waitFor("the example", run(process.execPath, [outfile]));
    expect(stdout).toMatch(story);
  });
});

describe("the guide's example in Python", () => {
  const [boto3 = ""] = codeBlocks(guide, "python");
  /** The beginning of boto3's example, up to the request. The other examples use the names that this part defines. */
  const preamble = boto3.replace(/^messages = [^]*/m, "");
  const examples = examplesIn("py");
  test("the guide has an example in Python for each library", () => expect(examples).toHaveLength(3));

  describe.each(examples)("with %s", (module, example) => {
    test.skipIf(!hasPythonModule(module))("the guide's example prints an answer", async () => {
      const env = {
        PATH: process.env["PATH"],
        AWS_ACCESS_KEY_ID: caller.accessKeyId,
        AWS_SECRET_ACCESS_KEY: caller.secretAccessKey,
        LITELLM_LOCAL_MODEL_COST_MAP: "True",
      };
      const source = onThisStack(`${preamble}\n${example}`);
      const { stdout } = await waitFor("the example", run("python3", ["-c", source], { env }));
      expect(stdout).toMatch(story);
    });
  });
});
