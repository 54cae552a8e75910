// Tests the command `deltapipe page` of the installed package: the page's address and modules, and how the command ends.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { sampleBytes } from "../support/frames/sample-stream.ts";
import { type ChildOutput, collectOutput } from "../support/processes/child-output.ts";
import { type CommandLine, installCommandLine, targetOf } from "../support/processes/command-line.ts";
import { sendStream, startLineService } from "../support/servers/line-service.ts";

let commandLine: CommandLine;
beforeAll(async () => {
  commandLine = await installCommandLine();
});
afterAll(() => commandLine.remove());

interface RunningPage extends ChildOutput {
  url: string;
  token: string;
  interrupt(): void;
}

async function start(args: string[] = []): Promise<RunningPage> {
  const service = await startLineService(({ response }) => sendStream(response, sampleBytes));
  onTestFinished(() => service.close());
  const child = commandLine.start(["page", "--port", "0", ...targetOf(service), ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = collectOutput(child);
  const [, url = "", token = ""] = await output.until(
    /^(http:\/\/127\.0\.0\.1:\d+\/)#(\S+)\n[^]*Ctrl-C stops the server\n/,
  );
  return { url, token, interrupt: () => void child.kill("SIGINT"), ...output };
}

async function read(url: string): Promise<{ status: number; body: string }> {
  const response = await waitFor(url, fetch(url));
  return { status: response.status, body: await response.text() };
}

/** Follows the page's imports. Resolves with all modules, and with those that the server does not have. */
async function modulesOf(url: string): Promise<{ found: string[]; missing: string[] }> {
  const found = new Set<string>();
  const missing: string[] = [];
  async function visit(path: string): Promise<void> {
    if (found.has(path)) return;
    found.add(path);
    const { status, body } = await read(new URL(path, url).href);
    if (status !== 200) missing.push(path);
    const imports = [...body.matchAll(/(?:from|import)\s*["'](\.[^"']+)["']/g)];
    for (const [, specifier = ""] of imports) await visit(new URL(specifier, new URL(path, url)).pathname);
  }
  await visit("/~/page/page.js");
  return { found: [...found], missing };
}

describe("deltapipe page", () => {
  test("deltapipe page serves the page, its style sheet, its icon, and every module that it imports", async () => {
    const { url } = await start();
    const { body } = await read(url);
    const files = [...body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path = ""]) => path);
    expect(files.toSorted()).toEqual(["/~/page/icon.svg", "/~/page/page.css", "/~/page/page.js"]);
    for (const path of files)
      expect([path, (await read(new URL(path, url).href)).status]).toEqual([path, 200]);
    const { found, missing } = await modulesOf(url);
    expect(missing).toEqual([]);
    expect(found.length).toBeGreaterThan(25);
    expect(found.filter((path) => path.startsWith("/~/client/")).length).toBeGreaterThan(3);
  });

  test("deltapipe page signs and forwards the page's requests, and does not print their token, query or body", async () => {
    const { url, token, until, output } = await start();
    const before = output().length;
    const headers = { "x-deltapipe-token": token };
    const sent = fetch(`${url}?q=hidden`, { method: "POST", headers, body: "hidden" });
    expect(await (await waitFor("The answer", sent)).text()).toBe(sampleBytes.toString());
    await until(new RegExp(`\nPOST / 200, ${sampleBytes.length} bytes, \\d+ ms\n`));
    expect(output().slice(before)).not.toMatch(new RegExp(`hidden|${token}`));
  });

  test("deltapipe page tells the page the URL of the GraphQL API, and signs for the Region in that URL's host", async () => {
    const appSyncUrl = "https://a1b2c3.appsync-api.eu-west-3.amazonaws.com/graphql";
    const { url, token } = await start(["--appsync-url", appSyncUrl]);
    const headers = { "x-deltapipe-token": token };
    const described = await waitFor("The description", fetch(`${url}~/service.json`, { headers }));
    expect(await described.json()).toMatchObject({ appSyncUrl });
    const sent = fetch(`${url}~/appsync-headers`, { method: "POST", headers, body: "{}" });
    const signed = (await (await waitFor("The signature", sent)).json()) as Record<string, string>;
    expect(signed["authorization"]).toContain("/eu-west-3/appsync/aws4_request");
  });

  test("deltapipe page exits with 130 after Ctrl-C", async () => {
    const page = await start(["--quiet"]);
    page.interrupt();
    expect(await page.exit).toBe(130);
  });

  test.each([
    [
      ["--url", "ws://127.0.0.1:9002/v1"],
      /^Cannot forward requests to 127\.0\.0\.1:9002: it is a WebSocket API/,
    ],
    [
      ["--websocket-url", "http://127.0.0.1:1/"],
      /^Cannot use --websocket-url: it is not the URL of a WebSocket API; give one that begins with wss:/,
    ],
    [["--websocket-url", "nowhere"], /^Cannot use --websocket-url: it is not the URL of a WebSocket API/],
    [
      ["--websocket-url", "ws://example.com/v1"],
      /^Cannot sign a request to http:\/\/example\.com: .*; use https/,
    ],
    [["--appsync-url", "nowhere"], /^Cannot use --appsync-url: it is not the URL of a GraphQL API/],
    [
      ["--appsync-url", "wss://a1b2.appsync-realtime-api.eu-west-1.amazonaws.com/graphql"],
      /^Cannot use --appsync-url: .*; give one that begins with https:\/\/ and ends with \/graphql/,
    ],
    [
      ["--appsync-url", "https://a1b2.appsync-api.eu-west-1.amazonaws.com/event"],
      /^Cannot use --appsync-url: it is not the URL of a GraphQL API/,
    ],
    [
      ["--appsync-url", "http://example.com/graphql"],
      /^Cannot sign a request to http:\/\/example\.com: .*; use https/,
    ],
    [
      ["--appsync-url", "https://name:hidden@example.com/graphql"],
      /^Cannot use this URL: it contains a user name or a password; remove them/,
    ],
    [["--port", "x"], /^Cannot use --port: it is "x"/],
    [["--ipv6"], /^Cannot run deltapipe page: it has no option --ipv6/],
  ])("deltapipe page rejects %j in one sentence, with exit code 2", async (args, sentence) => {
    const { code, stdout, stderr } = await commandLine.run(["page", ...args]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(sentence);
  });
});
