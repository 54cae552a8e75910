// Tests the runtime of the contender deltapipe-runtime, which takes the place of AWS's runtime client.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readComplete } from "../../scripts/bench/body-readers.ts";
import { bundleContender, type ContenderBundle } from "../../scripts/bench/bundles.ts";
import { checkOutput } from "../../scripts/bench/check-output.ts";
import { contenders } from "../../scripts/bench/contenders.ts";
import { withRunning, type Bench } from "../../scripts/bench/stages/with-contender.ts";
import { startUpstream, type UpstreamProcess } from "../../scripts/bench/upstream-process.ts";
import { waitFor } from "../support/deadline.ts";

let folder: string;
let upstream: UpstreamProcess;
let bench: Bench;
let bundle: ContenderBundle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltapipe-test-"));
  upstream = await waitFor("the upstream", startUpstream(folder));
  const nodeExecutable = process.execPath;
  bench = { size: "tiny", nodeExecutable, upstream, cpuLimiter: { missing: "not needed" }, mostStreams: 1 };
  const contender = contenders.find(({ name }) => name === "deltapipe-runtime")!;
  bundle = await bundleContender(contender, { folder, nodeExecutable, cargo: "cargo" });
});
afterAll(async () => {
  upstream.close();
  await rm(folder, { recursive: true });
});

test("the custom runtime delivers complete answers, one after the other", async () => {
  await waitFor("the checks of the output", checkOutput(bundle, bench));
  await withRunning(bundle, { bench }, async (running) => {
    for (let number = 0; number < 3; number++) {
      const body = await waitFor("the answer", running.ask({ deltas: 2 }));
      expect(bundle.contender.textOf(await readComplete(body))).toContain("1 Grüße");
      await waitFor("the end of the invocation", running.idle());
    }
  });
});

test("a handler that fails after its first bytes makes the response fail, and the runtime goes on", async () => {
  const handler = `
    export const handler = async (event, stream) => {
      const body = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
      body.write("the beginning");
      await new Promise(setImmediate);
      throw new RangeError("a failed handler");
    };`;
  await writeFile(join(bundle.taskRoot, "handler.mjs"), handler);
  await withRunning(bundle, { bench }, async (running) => {
    for (let number = 0; number < 2; number++) {
      const body = await waitFor("the answer", running.ask({ deltas: 1 }));
      await expect(waitFor("the end of the answer", body.toArray())).rejects.toThrow(/RangeError/);
      await waitFor("the end of the invocation", running.idle());
    }
  });
});
