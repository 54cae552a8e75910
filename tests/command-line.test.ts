// `deltapipe ask` in a process of its own, against the local stack: what it prints where, and how it ends.
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, finish, installCommandLine, type RunOptions } from "./support/command-line.ts";
import { within } from "./support/deadline.ts";
import { sendJson, startLineService, streamHeaders, wireError } from "./support/line-service.ts";
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

const summary = /^first delta \d+ ms, total \d+ ms, \d+ tokens in, \d+ out, end_turn\n$/;

describe("the answer's text", () => {
  test("goes to standard output alone, and one line about it to standard error", async () => {
    const { code, stdout, stderr } = await ask(["--model", "local.echo", "Grüße", "世界"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Grüße 世界\n" });
    expect(stderr).toMatch(summary);
  });

  test("arrives while the model still speaks", async () => {
    const child = commandLine.start(["ask", "--url", stack.url, "rain"]);
    child.stdin.end();
    await within(5000, "the first text", once(child.stdout, "data"));
    expect(child.exitCode).toBe(null);
    expect((await finish(child)).code).toBe(0);
  });

  test("is without reasoning where there is no terminal", async () => {
    const { stdout, stderr } = await ask(["--model", "local.thinking", "x"]);
    expect(stdout).toBe("I have thought about it, and the answer is yes.\n");
    expect(stderr).toMatch(summary);
  });

  test("ends the line once", async () => {
    expect((await ask(["--model", "local.echo", "a line\n"])).stdout).toBe("a line\n");
  });

  test("is for the service that DELTAPIPE_URL names, unless --url does", async () => {
    const variables = { DELTAPIPE_URL: stack.url };
    const { stdout } = await commandLine.run(["ask", "--model", "local.echo", "hi"], { variables });
    expect(stdout).toBe("hi\n");
    expect((await ask(["--model", "local.echo", "hi"])).code).toBe(0);
  });

  test("is signed as local even where other credentials and a Region are set", async () => {
    const variables = {
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "x",
      AWS_REGION: "eu-west-1",
    };
    expect((await ask(["--model", "local.echo", "hi"], { variables })).code).toBe(0);
  });

  test("is signed with the local stack's own credentials where they are set", async () => {
    const variables = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "another" };
    const { code, stderr } = await ask(["hi"], { variables });
    expect(code).toBe(4);
    expect(stderr).toMatch(/^AWS refused the request: found status 403/);
  });
});

describe("the prompt", () => {
  test("may come from standard input", async () => {
    const input = "two\nlines";
    expect((await ask(["--model", "local.echo"], { input })).stdout).toBe("two\nlines\n");
  });

  test("may come from both: standard input follows", async () => {
    const { stdout } = await ask(["--model", "local.echo", "First, "], { input: "then." });
    expect(stdout).toBe("First, then.\n");
  });

  test("may begin with a dash after --", async () => {
    expect((await ask(["--model", "local.echo", "--", "--help"])).stdout).toBe("--help\n");
  });

  test("is waited for, with a word on standard error, where standard input does not end", async () => {
    const child = commandLine.start(["ask", "--url", stack.url, "--model", "local.echo", "hi"]);
    const finished = finish(child);
    const [hint] = (await within(5000, "the hint", once(child.stderr, "data"))) as [string];
    expect(hint).toBe("Waiting for the end of standard input; if nothing is to come, add < /dev/null\n");
    child.stdin.end();
    expect((await finished).stdout).toBe("hi\n");
  });
});

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

describe("the exit code and one sentence tell the class of the failure", () => {
  test.each([
    ["a request that is refused", "none", 3, /ModelNotAllowed: The model "none" is not served here/],
    ["a service that fails", "local.denied", 6, /UpstreamAccessDenied: .*; asking again is not worth it/],
    ["a stream that fails", "local.mid-validation", 7, /ValidationException: .*not the whole answer \(req/],
    ["a stream that may be had again", "local.cut", 7, /StreamTruncated: .*; asking again may help/],
  ])("%s", async (_, model, exitCode, sentence) => {
    const { code, stderr } = await ask(["--model", model, "hi"]);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^[A-Z][^\n]+\(request [\w-]{36}\)\n$/);
  });

  test("what arrived before a failure is printed", async () => {
    expect((await ask(["--model", "local.cut", "hi"])).stdout).toBe("So far all is well, and then\n");
  });

  test("a stream that was cut", async () => {
    const start = '{"type":"start","version":1,"requestId":"r-1","modelId":"m"}\n';
    const service = await startLineService(({ response }) =>
      response.writeHead(200, streamHeaders).end(start),
    );
    const args = ["ask", "--url", service.options.url, "--region", service.options.region, "hi"];
    const { code, stderr } = await commandLine.run(args);
    await service.close();
    expect(code).toBe(8);
    expect(stderr).toBe("The stream ended before its last line; asking again may help (request r-1)\n");
  });

  test("a busy service", async () => {
    const service = await startLineService(({ response }) => {
      sendJson(response, 429, wireError("ThrottlingException", true), { "retry-after": "3600" });
    });
    const args = ["ask", "--url", service.options.url, "--region", service.options.region, "hi"];
    const { code, stderr } = await commandLine.run(args);
    await service.close();
    expect(code).toBe(5);
    expect(stderr).toMatch(/: Because of ThrottlingException; try again in 3600 s \(request request-1\)\n$/);
  });

  test("credentials that AWS refuses", async () => {
    const service = await startLineService(({ response }) => {
      sendJson(response, 403, { Message: "Forbidden" }, { "x-amzn-requestid": "r-2" });
    });
    const args = ["ask", "--url", service.options.url, "--region", service.options.region, "hi"];
    const { code, stderr } = await commandLine.run(args);
    await service.close();
    expect(code).toBe(4);
    expect(stderr).toMatch(/^AWS refused the request: .*lambda:InvokeFunctionUrl.*\(request r-2\)\n$/);
  });

  test("nobody listens", async () => {
    const { code, stderr } = await commandLine.run(["ask", "hi"]);
    expect(code).toBe(5);
    expect(stderr).toBe(
      "Cannot connect to 127.0.0.1:9: ECONNREFUSED; start the local stack with npm start, " +
        "or name a service with --url or DELTAPIPE_URL\n",
    );
  });
});

test("control characters of a server's message do not reach the terminal", async () => {
  const error = { name: "InvalidRequest", message: "\u001b[2J\u0007", retryable: false, requestId: "r" };
  const service = await startLineService(({ response }) => sendJson(response, 400, { type: "error", error }));
  const { stderr } = await commandLine.run([
    "ask",
    "--url",
    service.options.url,
    "--region",
    "eu-west-1",
    "hi",
  ]);
  await service.close();
  expect(stderr).toBe("The service refused the request with InvalidRequest: \uFFFD[2J\uFFFD (request r)\n");
});
