// Tests that temporary folders are removed on close, at exit, and, if the process was killed, at the next start.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "deltapipe-test-"));
});
afterEach(() => rm(parent, { recursive: true }));

/** Runs a process that builds the handler and then runs this code. Resolves when the process has ended. */
async function buildAnd(ending: string): Promise<void> {
  const script = `import { createBundle } from "./lib/local/bundle.ts";
    const bundle = await createBundle({ root: process.cwd(), handler: "handlers/function-url.handler" });
    await bundle.code();
    ${ending}`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
    cwd: root,
    env: { ...process.env, TMPDIR: parent, TEMP: parent, TMP: parent },
    stdio: "ignore",
  });
  await waitFor("the end of the process", once(child, "exit"));
}

async function folders(): Promise<string[]> {
  return (await readdir(parent)).filter((name) => name.startsWith("deltapipe-"));
}

describe("a bundle's temporary folder", () => {
  test.each([
    ["the bundle is closed", "await bundle.close();"],
    ["the process exits without closing the bundle", "process.exit();"],
    ["an error ends the process", `setImmediate(() => { throw new Error("expected"); });`],
  ])("a bundle's temporary folder is removed when %s", async (_, ending) => {
    await buildAnd(ending);
    expect(await folders()).toEqual([]);
  });

  test("a bundle's temporary folder is removed when the next process starts, if its own process was killed", async () => {
    await buildAnd(`process.kill(process.pid, "SIGKILL");`);
    expect(await folders()).toHaveLength(1);
    await buildAnd("await bundle.close();");
    expect(await folders()).toEqual([]);
  });

  test("the start of another process removes neither the folder of a running process nor a folder without a process id in its name", async () => {
    const own = `deltapipe-${process.pid}-running`;
    await mkdir(join(parent, own));
    await mkdir(join(parent, "deltapipe-others"));
    await buildAnd("await bundle.close();");
    expect((await folders()).sort()).toEqual([own, "deltapipe-others"].sort());
  });
});
