// The command line with the URL of a WebSocket API.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLocalCommandLine, type LocalCommandLine } from "../support/processes/local-command-line.ts";
import { openWebSocket } from "../support/callers/websocket-caller.ts";

let commandLine: LocalCommandLine;
let url: string;
beforeAll(async () => {
  commandLine = await startLocalCommandLine();
  url = commandLine.stack.webSocketUrl;
});
afterAll(() => commandLine.remove());

describe("with --url ws://…", () => {
  test("ask prints the answer, and exits although its WebSocket could be used again", async () => {
    const { code, stdout, stderr } = await commandLine.run([
      "ask",
      "--url",
      url,
      "--model",
      "local.echo",
      "Grüße!",
    ]);
    expect([code, stdout]).toEqual([0, "Grüße!\n"]);
    expect(stderr).toMatch(/first delta .* tokens in, \d+ out, end_turn/);
  });

  test("ask --json prints the lines from a WebSocket", async () => {
    const { code, stdout } = await commandLine.run([
      "ask",
      "--url",
      url,
      "--json",
      "--model",
      "local.echo",
      "x",
    ]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect([lines[0].type, lines.at(-1).type]).toEqual(["start", "end"]);
  });

  test("chat sends all questions on one WebSocket, and reports that it cannot list models there", async () => {
    const before = commandLine.stack.log.filter((line) => line.includes('"connection"')).length;
    const { code, stdout, stderr } = await commandLine.run(["chat", "--url", url, "--model", "local.echo"], {
      input: "one\ntwo\n/models\n",
    });
    expect([code, stdout]).toEqual([2, "one\ntwo\n"]);
    expect(stderr).toMatch(/Cannot list the models: 127\.0\.0\.1:\d+ is a WebSocket API/);
    expect(commandLine.stack.log.filter((line) => line.includes('"connection"')).length).toBe(before + 1);
  });

  test.each([
    ["an error before the answer", "none", 3, /ModelNotAllowed/],
    ["an answer that failed", "local.cut", 7, /StreamTruncated/],
  ])("ask over a WebSocket ends with its usual exit code for %s", async (_, model, exitCode, message) => {
    const { code, stderr } = await commandLine.run(["ask", "--url", url, "--model", model, "x"]);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(message);
  });

  test("sign prints a URL that lets a program without the secret key open a WebSocket", async () => {
    const { code, stdout, stderr } = await commandLine.run(["sign", "--url", url]);
    expect(code).toBe(0);
    expect(stderr).toBe("The signature is valid for five minutes\n");
    const caller = await openWebSocket({ webSocketUrl: url, signedUrl: stdout.trimEnd() });
    expect((await caller.ask({ prompt: "x", modelId: "local.echo" })).lines.at(-1)).toMatchObject({
      type: "end",
    });
  });

  test("sign takes Region and service from the host of a WebSocket API, and never prints the secret key", async () => {
    const variables = {
      AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "very-secret",
      AWS_SESSION_TOKEN: "a+b",
    };
    const api = "wss://abc123.execute-api.eu-west-1.amazonaws.com/v1";
    const { code, stdout, stderr } = await commandLine.run(["sign", "--url", api], { variables });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^wss:\/\/abc123\.execute-api\.eu-west-1\.amazonaws\.com\/v1\?/);
    expect(stdout).toContain("ASIAEXAMPLE%2F");
    expect(stdout).toContain("%2Feu-west-1%2Fexecute-api%2Faws4_request");
    expect(stdout).toContain("X-Amz-Security-Token=a%2Bb");
    expect(stdout + stderr).not.toContain("very-secret");
  });

  test.each([
    [["sign", "--data", "{}"], /^Cannot use --data: .* is a WebSocket API, for which a URL is signed/],
    [["sign", "--headers"], /^Cannot use --headers: /],
    [["models"], /^Cannot list the models: /],
    [["proxy"], /^Cannot forward requests to 127\.0\.0\.1:\d+: it is a WebSocket API/],
  ])(
    "the arguments %j with the URL of a WebSocket API end the command with exit code 2",
    async ([name = "", ...args], message) => {
      const { code, stderr } = await commandLine.run([name, "--url", url, ...args]);
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
    },
  );

  test("a WebSocket API on another machine must use TLS", async () => {
    const { code, stderr } = await commandLine.run(["ask", "--url", "ws://example.com/v1", "x"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/must be this machine/);
  });
});
