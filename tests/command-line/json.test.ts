// Tests that `deltapipe ask --json` prints the service's lines unchanged, and that `ask` ends quietly if its reader closes early.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { finish } from "../support/processes/command-line.ts";
import { streamHeaders } from "../support/servers/line-service.ts";
import { type LocalCommandLine, startLocalCommandLine } from "../support/processes/local-command-line.ts";

let local: LocalCommandLine;
beforeAll(async () => {
  local = await startLocalCommandLine();
});
afterAll(() => local.remove());

describe("--json", () => {
  const odd =
    '{"type":"start", "version":1,"requestId":"r","modelId":"m"}\n' +
    '{"type":"new","number":12345678901234567890.10,"text":"\\u00e9\\/","a":1,"a":2,"9":0}\n\n';

  function askFor(bytes: string) {
    return local.askService(
      ({ response }) => response.writeHead(200, streamHeaders).end(bytes),
      ["--json", "hi"],
    );
  }

  test("--json prints the lines byte for byte, and nothing else", async () => {
    const lines = `${odd}{"type":"end","stopReason":"end_turn","timing":{"totalMs":1}}\n`;
    expect(await askFor(lines)).toEqual({ code: 0, stdout: lines, stderr: "" });
  });

  test("--json prints an error line too, and the command exits like any failed stream", async () => {
    const error = { name: "ThrottlingException", message: "m", retryable: true, requestId: "r" };
    const lines = `${odd}${JSON.stringify({ type: "error", error })}\n`;
    const { code, stdout, stderr } = await askFor(lines);
    expect({ code, stdout }).toEqual({ code: 7, stdout: lines });
    expect(stderr).toMatch(/^The stream failed with ThrottlingException: m; .*\(request r\)\n$/);
  });

  test("--json leaves out a line that was cut", async () => {
    const { code, stdout } = await askFor(`${odd}{"type":"end","stopReason":"end_turn"}`);
    expect({ code, stdout }).toEqual({ code: 8, stdout: odd });
  });

  test("--json prints all 20,006 lines of a long answer", async () => {
    const { stdout } = await local.ask(["--json", "--model", "local.flood", "20000"]);
    const lines = stdout.split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type).at(-1)).toBe("end");
    expect(lines).toHaveLength(20_000 + 6);
  });

  test("--json prints nothing on standard output if the service rejects the request", async () => {
    const { code, stdout } = await local.ask(["--json", "--model", "none", "hi"]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  });
});

test.each([
  ["ask", []],
  ["ask --json", ["--json"]],
])("a closed pipe ends %s without an error", async (_, options) => {
  const args = ["ask", "--url", local.stack.url, "--model", "local.flood", "200000", ...options];
  const child = local.start(args);
  child.stdin.end();
  const finished = finish(child);
  child.stdout.once("data", () => child.stdout.destroy());
  expect(await finished).toMatchObject({ code: 0, stderr: "" });
});
