// `deltapipe ask --json`: the lines as they came. And a reader that leaves in the middle of an answer.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, finish, installCommandLine, type RunOptions } from "./support/command-line.ts";
import { startLineService, streamHeaders } from "./support/line-service.ts";
import { startTestStack, type TestStack } from "./support/local-stack.ts";

let commandLine: CommandLine;
let stack: TestStack;
beforeAll(async () => {
  [commandLine, stack] = await Promise.all([installCommandLine(), startTestStack()]);
});
afterAll(async () => {
  await stack.close();
  await commandLine.remove();
});

function ask(args: string[], options: RunOptions = {}) {
  return commandLine.run(["ask", "--url", stack.url, ...args], options);
}

describe("--json", () => {
  const odd =
    '{"type":"start", "version":1,"requestId":"r","modelId":"m"}\n' +
    '{"type":"new","number":12345678901234567890.10,"text":"\\u00e9\\/","a":1,"a":2,"9":0}\n\n';

  async function askFor(bytes: string) {
    const service = await startLineService(({ response }) =>
      response.writeHead(200, streamHeaders).end(bytes),
    );
    const args = ["ask", "--json", "--url", service.options.url, "--region", service.options.region, "hi"];
    const finished = await commandLine.run(args);
    await service.close();
    return finished;
  }

  test("prints the lines byte for byte, and nothing else", async () => {
    const lines = `${odd}{"type":"end","stopReason":"end_turn","timing":{"totalMs":1}}\n`;
    expect(await askFor(lines)).toEqual({ code: 0, stdout: lines, stderr: "" });
  });

  test("prints an error line too, and exits as for any stream that failed", async () => {
    const error = { name: "ThrottlingException", message: "m", retryable: true, requestId: "r" };
    const lines = `${odd}${JSON.stringify({ type: "error", error })}\n`;
    const { code, stdout, stderr } = await askFor(lines);
    expect({ code, stdout }).toEqual({ code: 7, stdout: lines });
    expect(stderr).toMatch(/^The stream failed with ThrottlingException: m; .*\(request r\)\n$/);
  });

  test("leaves out a line that was cut", async () => {
    const { code, stdout } = await askFor(`${odd}{"type":"end","stopReason":"end_turn"}`);
    expect({ code, stdout }).toEqual({ code: 8, stdout: odd });
  });

  test("prints 20,000 lines of the local stack whole", async () => {
    const { stdout } = await ask(["--json", "--model", "local.flood", "20000"]);
    const lines = stdout.split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type).at(-1)).toBe("end");
    expect(lines).toHaveLength(20_000 + 6);
  });

  test("prints no line where there is no stream", async () => {
    const { code, stdout } = await ask(["--json", "--model", "none", "hi"]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  });
});

test.each([["text"], ["--json"]])("a reader that leaves ends it without a word: %s", async (kind) => {
  const args = ["ask", "--url", stack.url, "--model", "local.flood", "200000"];
  const child = commandLine.start(kind === "text" ? args : [...args, kind]);
  child.stdin.end();
  const finished = finish(child);
  child.stdout.once("data", () => child.stdout.destroy());
  expect(await finished).toMatchObject({ code: 0, stderr: "" });
});
