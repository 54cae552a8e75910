// The WebSocket API, called by other programs: wscat, Chromium, and Python's websockets with a URL that botocore has signed.
import { spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { hasBrowser } from "../support/callers/browser.ts";
import { runInPage } from "../support/callers/browser-page.ts";
import { signRequest } from "../../lib/signer/index.ts";
import { presigned } from "../support/callers/websocket-caller.ts";
import { collectOutput } from "../support/processes/child-output.ts";
import { linesOf } from "../support/push/pushed-lines.ts";
import { caller, startTestStack, textOfLines, type TestStack } from "../support/servers/local-stack.ts";

const wscat = join(dirname(createRequire(import.meta.url).resolve("wscat/package.json")), "bin/wscat");
const reader = fileURLToPath(new URL("../support/callers/websockets-reader.py", import.meta.url));
const environment = { PATH: process.env["PATH"] ?? "" };
const hasPython = spawnSync("python3", ["-c", "import websockets.sync.client, botocore.auth"]).status === 0;
const question = '{"prompt":"A story about rain"}';

let stack: TestStack;
let story: string;
beforeAll(async () => {
  stack = await startTestStack();
  story = textOfLines((await stack.ask(question)).lines);
});
afterAll(() => stack.close());

function textOf(output: string, isWanted: (message: string) => boolean = () => true): string {
  const messages = output.split("\n").filter((line) => line.startsWith('{"requestId"') && isWanted(line));
  return textOfLines(linesOf(messages).map((line) => JSON.parse(line)));
}

describe("wscat", () => {
  /** Runs wscat. Standard input stays open, as on a terminal, because wscat exits when standard input closes. */
  function run(...args: string[]) {
    const child = spawn(process.execPath, [wscat, ...args], { env: environment });
    onTestFinished(() => void child.kill());
    return collectOutput(child);
  }

  test("wscat connects with a presigned URL, and streams a story for a request that has only a subject", async () => {
    const subject = '{"storyType":"CATS"}';
    const url = await presigned(stack.webSocketUrl);
    const { until, output } = run("--connect", url, "--wait", "600", "--execute", subject);
    await until(/{"type":"end".*\n/);
    expect(textOf(output())).toBe(textOfLines((await stack.ask(subject)).lines));
  });

  test("wscat streams a story with signed headers, while another answer uses the same connection", async () => {
    const url = stack.webSocketUrl;
    const headers = await signRequest(
      { url: url.replace("ws", "http") },
      { credentials: caller, region: "us-east-1", service: "execute-api" },
    );
    const named = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
    const beside = '{"prompt":"beside it","modelId":"local.echo","id":1}';
    const both = ["--execute", beside, "--execute", question];
    const { until, output } = run("--connect", url, "--wait", "600", ...both, ...named);
    await until(/{"type":"end"[^]*{"type":"end".*\n/);
    const isBeside = (message: string): boolean => message.includes('"id":1');
    expect(textOf(output(), isBeside)).toBe("beside it");
    expect(textOf(output(), (message) => !isBeside(message))).toBe(story);
  });

  test("wscat reports 403 for a URL without a signature, and for a URL with a wrong signature", async () => {
    const forged = (await presigned(stack.webSocketUrl)).replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    for (const url of [stack.webSocketUrl, forged]) {
      const { until } = run("--connect", url);
      await until(/Unexpected server response: 403/);
    }
  });
});

describe.skipIf(!hasBrowser)("a page of another origin in Chromium", () => {
  test("a page gets an answer with this package's client, a signed URL and the browser's own WebSocket", async () => {
    const script = `
      const { createWebSocketClient } = await import("/module.js");
      const options = { url: "${stack.webSocketUrl}", region: "us-east-1", retry: 0 };
      const client = createWebSocketClient({ ...options, credentials: ${JSON.stringify(caller)} });
      const { text } = await client.converse(${question}).result();
      client.close();
      const forged = { accessKeyId: "local", secretAccessKey: "guessed" };
      const refused = createWebSocketClient({ ...options, credentials: forged }).converse(${question}).result();
      return [text, await refused.catch((error) => error.code)];`;
    const module = 'export * from "./lib/client/websocket/web.ts";';
    expect(await runInPage(module, script)).toEqual([story, "WebSocketFailed"]);
  });
});

describe.skipIf(!hasPython)("Python's websockets", () => {
  async function run(secret: string): Promise<string> {
    const args = [reader, stack.webSocketUrl, secret, question];
    const { output, exit } = collectOutput(spawn("python3", args, { env: environment }));
    expect(await exit).toBe(0);
    return output();
  }

  test("Python's websockets streams a story with a URL that botocore has signed", async () => {
    expect(textOf(await run("local"))).toBe(story);
  });

  test("Python's websockets gets 403 with AWS's message for a wrong secret", async () => {
    const output = await run("guessed");
    expect(output).toMatch(/^403 {"message":"The request signature we calculated does not match/);
  });
});
