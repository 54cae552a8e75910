// Tests scripts whose standard output is closed before they have printed everything, as in `npm run smoke | head -1`.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { collectOutput } from "../support/processes/child-output.ts";
import { anyPorts } from "../support/processes/start-command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function runWithoutReader(...args: string[]): Promise<{ code: number | null; errors: string }> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: "/nonexistent" },
  });
  const { exit, output } = collectOutput(child);
  child.stdout.destroy();
  return { code: await exit, errors: output() };
}

describe("scripts whose output is closed", () => {
  test.each(["start/start.js", "package/package.js", "deploy.js", "pack.js", "test.js"])(
    "scripts/%s --help ends without an error if its output is closed",
    async (script) => {
      expect(await runWithoutReader(`scripts/${script}`, "--help")).toEqual({ code: 0, errors: "" });
    },
  );

  test.each(["bench/bench.ts", "smoke/smoke.ts", "soak/soak.ts", "fuzz.ts", "picture/picture.ts"])(
    "scripts/%s --help ends without an error if its output is closed",
    async (script) => {
      const result = await runWithoutReader("--import", "tsx", `scripts/${script}`, "--help");
      expect(result).toEqual({ code: 0, errors: "" });
    },
  );

  test("npm start ends without an error from Node if its output is closed", async () => {
    const { code, errors } = await runWithoutReader("scripts/start/start.js", ...anyPorts);
    // If esbuild's process is in the middle of a build, it prints Go's goroutines when it ends.
    expect(errors.replace(/^fatal error: all goroutines are asleep[^]*/, "")).toBe("");
    expect(code).toBe(0);
  });
});
