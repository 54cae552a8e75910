// `deltapipe ask` in its own process, against the local stack: output, exit code and prompt.
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { finish } from "../support/processes/command-line.ts";
import { waitFor } from "../support/deadline.ts";
import { sendStream } from "../support/servers/line-service.ts";
import { type LocalCommandLine, startLocalCommandLine } from "../support/processes/local-command-line.ts";
import { toLines } from "../support/frames/sample-stream.ts";

let local: LocalCommandLine;
beforeAll(async () => {
  local = await startLocalCommandLine();
});
afterAll(() => local.remove());

const summary =
  /^first delta \d+ ms \(service \d+ ms\), total \d+ ms \(service \d+ ms\), \d+ tokens in, \d+ out, end_turn\n$/;

describe("the answer's text", () => {
  test("the answer's text goes to standard output, and its summary to standard error", async () => {
    const { code, stdout, stderr } = await local.ask(["--model", "local.echo", "Grüße", "世界"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Grüße 世界\n" });
    expect(stderr).toMatch(summary);
  });

  function askWithDeltas(...texts: string[]) {
    const deltas = texts.map((text) => ({
      type: "contentBlockDelta",
      contentBlockIndex: 0,
      delta: { text },
    }));
    const lines = toLines([{ type: "start", version: 1, requestId: "r", modelId: "m" }, ...deltas]);
    return local.askService(({ response }) => sendStream(response, lines), ["hi"]);
  }

  test("the answer's text has whole characters, even if Bedrock splits a character between two deltas", async () => {
    expect((await askWithDeltas("a\ud83d", "\ude00b")).stdout).toBe("a😀b\n");
  });

  test("the answer's text is printed up to the point where the connection was lost", async () => {
    const { code, stdout } = await askWithDeltas("So ", "far\ud83d");
    expect({ code, stdout }).toEqual({ code: 8, stdout: "So far\uFFFD\n" });
  });

  test("the answer's text is printed while the model is still writing", async () => {
    const child = local.start(["ask", "--url", local.stack.url, "rain"]);
    child.stdin.end();
    await waitFor("the first text", once(child.stdout, "data"));
    expect(child.exitCode).toBe(null);
    expect((await finish(child)).code).toBe(0);
  });

  test("the answer's text is printed without reasoning if standard error is not a terminal", async () => {
    const { stdout, stderr } = await local.ask(["--model", "local.thinking", "x"]);
    expect(stdout).toBe("I have thought about it, and the answer is yes.\n");
    expect(stderr).toMatch(summary);
  });

  test("the answer's text ends with one line break", async () => {
    expect((await local.ask(["--model", "local.echo", "a line\n"])).stdout).toBe("a line\n");
  });

  test("ask calls the service in DELTAPIPE_URL, or the service in --url if that option is set", async () => {
    const variables = { DELTAPIPE_URL: local.stack.url };
    const { stdout } = await local.run(["ask", "--model", "local.echo", "hi"], { variables });
    expect(stdout).toBe("hi\n");
    expect((await local.ask(["--model", "local.echo", "hi"])).code).toBe(0);
  });

  test("ask calls the local stack with the stack's key, even if other AWS credentials are set", async () => {
    const variables = {
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "x",
      AWS_REGION: "eu-west-1",
    };
    expect((await local.ask(["--model", "local.echo", "hi"], { variables })).code).toBe(0);
  });

  test("ask calls the local stack with AWS_SECRET_ACCESS_KEY if AWS_ACCESS_KEY_ID is `local`", async () => {
    const variables = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "another" };
    const { code, stderr } = await local.ask(["hi"], { variables });
    expect(code).toBe(4);
    expect(stderr).toMatch(/^Cannot call the service: AWS rejected the request \(status 403/);
  });
});

describe("the prompt", () => {
  test("the prompt can come from standard input", async () => {
    const input = "two\nlines";
    expect((await local.ask(["--model", "local.echo"], { input })).stdout).toBe("two\nlines\n");
  });

  test("the prompt consists of the arguments and standard input, in that order", async () => {
    const { stdout } = await local.ask(["--model", "local.echo", "First, "], { input: "then." });
    expect(stdout).toBe("First, then.\n");
  });

  test("the prompt can begin with a dash after --", async () => {
    expect((await local.ask(["--model", "local.echo", "--", "--help"])).stdout).toBe("--help\n");
  });

  test("ask waits for the rest of the prompt while standard input stays open, and says so on standard error", async () => {
    const child = local.start(["ask", "--url", local.stack.url, "--model", "local.echo", "hi"]);
    const finished = finish(child);
    const [hint] = (await waitFor("the hint", once(child.stderr, "data"))) as [string];
    expect(hint).toBe("Waiting for the end of standard input; add < /dev/null if it should be empty\n");
    child.stdin.end();
    expect((await finished).stdout).toBe("hi\n");
  });
});
