// Runs the same cases in each runtime, with the npm package installed as a user would install it.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { sampleBytes } from "../support/frames/sample-stream.ts";
import { type InstalledPackage, installPackage } from "../support/processes/installed-package.ts";
import type { Outcomes } from "./cases.ts";
import { startCaseService } from "./case-service.ts";
import { expectedOutcomes } from "./expected-outcomes.ts";
import { type Runtime, runtimes, runtimesFolder } from "./runtimes.ts";

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage();
  // Deno reads the installed packages only if a manifest lists them.
  const manifest = { type: "module", dependencies: { deltapipe: "*" } };
  await writeFile(join(installed.project, "package.json"), JSON.stringify(manifest));
});
afterAll(() => installed.remove());

for (const runtime of runtimes) {
  const isFound = runtime.program !== undefined;
  describe.skipIf(!isFound)(isFound ? runtime.name : `${runtime.name}, which is not found here,`, () => {
    let outcomes: Outcomes = {};
    beforeAll(async () => {
      outcomes = await run(runtime);
    });

    const expected = expectedOutcomes(runtime.kind);
    test.each(Object.keys(expected))(`${runtime.name} has the expected outcome for: %s`, (name) => {
      expect(outcomes[name]).toEqual(expected[name]);
    });

    test(`${runtime.name} runs exactly the cases that have an expected outcome`, () => {
      expect(Object.keys(outcomes).toSorted()).toEqual(Object.keys(expected).toSorted());
    });
  });
}

async function run(runtime: Runtime): Promise<Outcomes> {
  const refused = await closedAddress();
  let script = "";
  const service = await startCaseService(() => script);
  script = await bundleFor(runtime, service.url, refused);
  const file = join(installed.project, `${runtime.name.toLowerCase().replaceAll(/\W/g, "-")}.mjs`);
  await writeFile(file, script);
  const page = `${service.url.replace("127.0.0.1", "localhost")}page`;
  const { process, clean } = await runtime.start(runtime.program!, file, page);
  const ended = once(process, "exit").then(([code]) => `${runtime.name} exited with ${String(code)}`);
  try {
    const first = await waitFor(`The outcomes of ${runtime.name}`, Promise.race([service.outcomes, ended]));
    if (typeof first === "object") return first as Outcomes;
    // The process ended before the outcomes arrived.
    throw new Error(String(first));
  } finally {
    process.kill("SIGKILL");
    await ended;
    await clean();
    await service.close();
  }
}

/** Builds the cases into one file. If `isBundled` is true, the file also contains the package's browser entry. */
async function bundleFor({ name, isBundled }: Runtime, base: string, refused: string): Promise<string> {
  const setting = JSON.stringify({ base, refused, sampleLength: sampleBytes.length });
  const main = `
import * as deltapipe from "deltapipe";
import { runCases } from ${JSON.stringify(join(runtimesFolder, "cases.ts"))};
async function run() {
  const outcomes = await runCases(deltapipe, ${setting});
  await fetch(${JSON.stringify(`${base}outcomes`)}, { method: "POST", body: JSON.stringify(outcomes) });
}
${name === "workerd" ? "export default { async fetch() { await run(); return new Response(); } };" : "await run();"}`;
  const result = await build({
    stdin: { contents: main, resolveDir: installed.project, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: isBundled ? [] : ["deltapipe"],
    write: false,
  });
  return result.outputFiles[0]!.text;
}

/** Returns an address on which nothing listens. */
async function closedAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}/`;
}
