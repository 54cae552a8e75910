// The client in its own process: no unhandled rejections, a process that can exit, and constant memory.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { sendStream, startLineService, streamHeaders } from "../support/servers/line-service.ts";
import { sampleBytes, sampleEvents, toLines } from "../support/frames/sample-stream.ts";

async function run(script: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const [name, ...flags] = ["--import", "tsx", "--max-old-space-size=64", "--expose-gc"];
  const path = new URL(`../support/processes/${script}`, import.meta.url).pathname;
  return promisify(execFile)(process.execPath, [name!, ...flags, path, ...args]);
}

describe("the process", () => {
  test("a process exits without unhandled rejections if nobody handles the client's errors", async () => {
    const { stdout, stderr } = await waitFor("the end of the process", run("unread-answers.ts"));
    expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "" });
  });

  test("a process reads 200,000 deltas in constant memory", async () => {
    const delta = { ...sampleEvents[7], p: "x".repeat(200) };
    const thousand = toLines(Array.from({ length: 1000 }, () => delta));
    const service = await startLineService(async ({ response }) => {
      response.writeHead(200, streamHeaders).write(toLines(sampleEvents.slice(0, 1)));
      for (let sent = 0; sent < 200; sent += 1) {
        if (!response.write(thousand)) await once(response, "drain");
      }
      response.end(toLines(sampleEvents.slice(-1)));
    });
    const { stdout } = await waitFor(
      "the end of the stream",
      run("read-many.ts", service.options.url, "50000"),
    );
    await service.close();
    const { events, text, growth } = JSON.parse(stdout) as { events: number; text: number; growth: number };
    expect({ events, text }).toEqual({ events: 200_002, text: 200_000 * "Grüße, ".length });
    // The last three quarters of the stream are 44 MB long. If the client kept them, the memory would grow by more than this.
    expect(growth).toBeLessThan(30_000_000);
  });

  test("2,000 signed fetches share a signal without a warning, and remove all its listeners", async () => {
    const service = await startLineService(({ response }) => sendStream(response, sampleBytes));
    const ended = waitFor("the end of the process", run("shared-signal.ts", service.options.url, "2000"));
    const { stdout, stderr } = await ended;
    await service.close();
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ most: 1, left: 0 });
  });
});
