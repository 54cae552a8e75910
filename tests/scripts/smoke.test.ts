// `npm run smoke` as whoever has deployed runs it: a process of its own, its table, its exit code.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { serve, readBody, type TestServer } from "../support/servers/http-server.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = createRequire(import.meta.url).resolve("tsx/cli");

async function smoke(args: string[], variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, [tsx, "scripts/smoke/smoke.ts", ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true", ...variables },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const [code] = await waitFor("The exit of the smoke test", once(child, "close"));
  const rows = output.split("\n").filter((line) => /^(ok|FAILED) /.test(line));
  return { code: code as number, output, rows, failed: rows.filter((row) => row.startsWith("FAILED")) };
}

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());

test("a service that is well passes every check, and the table says what was seen", async () => {
  const { code, rows, output } = await smoke(["--url", stack.url]);
  expect(code).toBe(0);
  expect(output).toMatch(/All is well\n$/);
  const seen = [
    /^ok +an unsigned request is refused +403/,
    /^ok +a wrong signature is refused +403 InvalidSignatureException/,
    /^ok +a body that was changed after signing is refused +403 InvalidSignatureException/,
    /^ok +a bad request is a typed 400 +400 InvalidRequest/,
    /^ok +a model outside the list is refused +403 ModelNotAllowed/,
    /^ok +an answer comes piece by piece +\d+ lines, the first delta after \d+ ms, the last line after \d+ ms/,
    /^ok +its end carries the usage +\d+ tokens in, \d+ out, end_turn/,
    /^ok +the first delta was measured +\d+ ms in the service, \d+ ms for the caller/,
    /^ok +server-sent events are given who asks for them +\d+ events, from start to end/,
  ];
  expect(rows).toEqual(seen.map((row) => expect.stringMatching(row)));
});

describe("a service that is not well fails, by what is wrong", () => {
  test.each([
    ["a stream that is cut", "local.cut", /StreamTruncated/],
    ["a model that the role may not call", "local.denied", /UpstreamAccessDenied/],
    ["a model that is not in the list", "none", /ModelNotAllowed/],
  ])("%s", async (_, model, reason) => {
    const { code, failed } = await smoke(["--url", stack.url, "--model", model]);
    expect(code).toBe(1);
    expect(failed).toHaveLength(4);
    expect(failed.join("\n")).toMatch(reason);
  });

  test("a caller without permission: what must be refused is, what must be answered is not", async () => {
    const { code, failed, rows } = await smoke(["--url", stack.url, "--region", "eu-west-1"]);
    expect(code).toBe(1);
    expect(failed).toEqual(rows.slice(3));
    expect(failed.at(-1)).toMatch(/found 403/);
  });

  describe("one that lets anybody in, and holds its answers back until they are whole,", () => {
    const answer = [
      `{"type":"start","version":1,"requestId":"1","modelId":"x"}`,
      `{"type":"messageStart","role":"assistant"}`,
      `{"type":"contentBlockDelta","contentBlockIndex":0,"delta":{"text":"Hi"}}`,
      `{"type":"end","stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1},"timing":{"firstDeltaMs":1,"totalMs":1}}`,
    ];
    const bodies: string[] = [];
    let server: TestServer;
    beforeAll(async () => {
      server = await serve(async (request, response) => {
        bodies.push((await readBody(request)).toString());
        response.writeHead(200, { "content-type": "application/x-ndjson" }).end(`${answer.join("\n")}\n`);
      });
    });
    afterAll(() => server.close());

    test("passes for its usage and its times alone, and is first tried with what costs nothing", async () => {
      const { code, rows, failed, output } = await smoke(["--url", server.url]);
      expect(code).toBe(1);
      expect(failed).toEqual([...rows.slice(0, 6), rows[8]]);
      expect(failed[0]).toMatch(/an unsigned request is refused +expected 403, found 200/);
      expect(failed[5]).toMatch(/comes piece by piece +it came all at once: 4 lines/);
      expect(failed[6]).toMatch(/server-sent events .*found 200 application\/x-ndjson/);
      expect(output).toMatch(/7 of 9 checks failed\n$/);
      for (const body of bodies.slice(0, 3)) expect(body).not.toContain("prompt");
    });
  });

  test("one that is not there, in one sentence which says what to do", async () => {
    const { url, close } = await serve(() => undefined);
    await close();
    const { code, rows, output } = await smoke(["--url", url]);
    expect({ code, rows }).toEqual({ code: 1, rows: [] });
    expect(output).toBe(
      `Cannot reach ${url} (ECONNREFUSED): start the local stack with npm start, or name a service with --url\n`,
    );
  });
});

describe("an option that is wrong is one sentence and exit code 2", () => {
  test.each([
    [[], /^--url is missing: give the Function URL\n$/],
    [["--url", "abc"], /^Cannot parse the URL/],
    [["--url", "http://example.com/"], /^Cannot sign a request to http:\/\/example\.com/],
    [["--url", "https://chat.example.com/"], /^Cannot tell the region from the host chat\.example\.com/],
    [["--url", "https://abc.lambda-url.eu-west-1.on.aws/", "--region", "us-east-1"], /names "eu-west-1"/],
    [["--url", "https://abc.lambda-url.eu-west-1.on.aws/"], /No AWS credentials for abc\.lambda-url/],
    [["--speed", "9"], /^Unknown option '--speed'.*--help/],
  ])("%j", async (args, sentence) => {
    const { code, output } = await smoke(args, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" });
    expect(code).toBe(2);
    expect(output).toMatch(sentence);
    expect(output.trim().split("\n")).toHaveLength(1);
  });
});

test("--help lists every option", async () => {
  const { code, output } = await smoke(["--help"]);
  expect(code).toBe(0);
  for (const option of ["--url", "--region", "--model", "--help"]) expect(output).toContain(option);
});
