// The npm package: its files, and its use in an empty project by import and by require.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { type InstalledPackage, installPackage } from "../support/processes/installed-package.ts";
import { copyService } from "../support/deployment/service-copy.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const run = promisify(execFile);

let installed: InstalledPackage;
let stack: TestStack;
beforeAll(async () => {
  [installed, stack] = await Promise.all([installPackage(), startTestStack({ bedrock: { kind: "local" } })]);
});
afterAll(async () => {
  await stack.close();
  await installed.remove();
});

async function runFile(name: string, source: string): Promise<{ stdout: string; stderr: string }> {
  await writeFile(join(installed.project, name), source);
  return waitFor(`The end of ${name}`, run(process.execPath, [name, stack.url], { cwd: installed.project }));
}

describe("the tarball", () => {
  test("the tarball contains only the built files, the page, the license, the README and package.json", () => {
    const others = installed.files.filter((path) => !/^dist\/lib\/.+\.(js|js\.map|d\.ts)$/.test(path));
    const page = ["lib/page/icon.svg", "lib/page/index.html", "lib/page/page.css"];
    expect(others.toSorted()).toEqual(["LICENSE", "README.md", ...page, "package.json"]);
    expect(installed.files).not.toContainEqual(
      expect.stringMatching(/local|stream\/|tests|scripts|command-line\/.*\.d\.ts/),
    );
  });

  test("the tarball depends only on aws4 and undici, and runs no install scripts", async () => {
    const manifest = JSON.parse(await readFile(join(installed.folder, "package.json"), "utf8")) as {
      dependencies: object;
      scripts: object;
    };
    expect(Object.keys(manifest.dependencies)).toEqual(["aws4", "undici"]);
    expect(manifest).not.toHaveProperty("private");
    expect(Object.keys(manifest.scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });

  test("the tarball has a declaration, and a source map with the source, for each module of the library", async () => {
    const modules = installed.files.filter((path) => /^dist\/lib\/(?!command-line|page).+\.js$/.test(path));
    expect(modules.length).toBeGreaterThan(20);
    for (const path of modules) {
      expect(installed.files).toContain(path.replace(/\.js$/, ".d.ts"));
      const map = JSON.parse(await readFile(join(installed.folder, `${path}.map`), "utf8")) as {
        sourcesContent: string[];
      };
      expect(map.sourcesContent[0]).toContain("// ");
    }
  });

  test("the tarball has the command that its manifest names", async () => {
    const manifest = JSON.parse(await readFile(join(installed.folder, "package.json"), "utf8")) as {
      bin: Record<string, string>;
      version: string;
    };
    const bin = join(installed.folder, manifest.bin["deltapipe"] ?? "");
    expect(await readFile(bin, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    const { stdout } = await run(process.execPath, [bin, "--version"]);
    expect(stdout).toBe(`${manifest.version}\n`);
  });
});

describe("npm run pack", () => {
  test("npm run pack prints only the tarball's name and size, and the command that installs it", async () => {
    const copy = await copyService(["tsconfig.json", "LICENSE", "README.md", ".npmrc"]);
    try {
      const env = { ...process.env, HOME: copy.folder };
      const { stdout, stderr } = await run("npm", ["run", "--silent", "pack"], { cwd: copy.folder, env });
      const [size, install, ...more] = stdout.trim().split("\n");
      expect(size).toMatch(/^deltapipe-\d+\.\d+\.\d+\.tgz: [\d,]+ bytes, \d+ files$/);
      const [, tarball = ""] =
        /^To install it in a project: npm install (\/.+\.tgz)$/.exec(install ?? "") ?? [];
      expect((await readFile(tarball)).length).toBe(
        Number(/([\d,]+) bytes/.exec(size!)![1]!.replaceAll(",", "")),
      );
      expect({ more, stderr }).toEqual({ more: [], stderr: "" });
    } finally {
      await copy.remove();
    }
  });
});

describe("a project that installs the package", () => {
  const body = `
    const [url] = process.argv.slice(2);
    const credentials = async () => ({ accessKeyId: "local", secretAccessKey: "local" });
    const client = createClient({ url, region: "us-east-1", credentials });
    const send = createSignedFetch({ region: "us-east-1", service: "lambda", credentials });
    async function main() {
      const request = { prompt: "Grüße 世界", modelId: "local.echo" };
      for await (const text of client.converse(request).textStream()) process.stdout.write(text);
      const response = await send(url, { method: "POST", body: JSON.stringify(request) });
      console.log("", response.status, (await response.text()).endsWith("}\\n"));
      await client.converse({ prompt: "x", modelId: "none" }).result().catch((error) => {
        console.log(error instanceof RequestError, error.code);
      });
    }
    main();`;
  const expected = { stdout: "Grüße 世界 200 true\ntrue ModelNotAllowed\n", stderr: "" };

  test("a project that installs the package gets an answer with import", async () => {
    const imports =
      'import { createClient, RequestError } from "deltapipe"; import { createSignedFetch } from "deltapipe/signer";';
    expect(await runFile("consumer.mjs", imports + body)).toEqual(expected);
  });

  test("a project that installs the package gets an answer with require", async () => {
    const imports =
      'const { createClient, RequestError } = require("deltapipe"); const { createSignedFetch } = require("deltapipe/signer");';
    expect(await runFile("consumer.cjs", imports + body)).toEqual(expected);
  });

  test("a project that installs the package cannot import internal files", async () => {
    const source = 'import "deltapipe/dist/lib/client/retry.js";';
    await expect(runFile("deep.mjs", source)).rejects.toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });
});
