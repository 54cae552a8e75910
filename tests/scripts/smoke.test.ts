// `npm run smoke` as a child process: its table and its exit code.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { OptionError } from "../../scripts/options.ts";
import { openTarget, readSmokeOptions } from "../../scripts/smoke/smoke-options.ts";
import { collectOutput } from "../support/processes/child-output.ts";
import { serve, readBody, type TestServer } from "../support/servers/http-server.ts";
import { spokenSlowly } from "../support/servers/slow-model.ts";
import { startStack, type Stack } from "../../lib/local/stack.ts";
import { caller, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = createRequire(import.meta.url).resolve("tsx/cli");

async function smoke(args: string[], variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, [tsx, "scripts/smoke/smoke.ts", ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true", ...variables },
  });
  const collected = collectOutput(child);
  const code = await collected.exit;
  const output = collected.output();
  const rows = output.split("\n").filter((line) => /^(ok|FAILED) /.test(line));
  return { code, output, rows, failed: rows.filter((row) => row.startsWith("FAILED")) };
}

let stack: TestStack;
beforeAll(async () => {
  const slow: ScriptedModel = { description: "slow", script: spokenSlowly };
  const listed = ["local.cut", "local.denied"].map((name) => `${name}=${name}`);
  stack = await startTestStack({
    bedrock: { kind: "local", options: { models: { "colon:0": slow } } },
    variables: { DELTAPIPE_MODELS: ["colon=colon:0", ...listed].join(",") },
  });
});
afterAll(() => stack.close());

test("a working service passes every check, and the table shows the details", async () => {
  const { code, rows, output } = await smoke(["--url", stack.url]);
  expect(code).toBe(0);
  expect(output).toMatch(/All checks passed\n$/);
  expect(output).not.toContain("Warning");
  const seen = [
    /^ok +an unsigned request is rejected +403/,
    /^ok +a wrong signature is rejected +403 InvalidSignatureException/,
    /^ok +a body that was changed after signing is rejected +403 InvalidSignatureException/,
    /^ok +a bad request gets a typed error with status 400 +400 InvalidRequest/,
    /^ok +a model outside the list is rejected +403 ModelNotAllowed/,
    /^ok +the signature of a path with an encoded colon is accepted +403 AccessDeniedException$/,
    /^ok +an answer arrives piece by piece +\d+ lines, the first delta after \d+ ms, the last line after \d+ ms/,
    /^ok +the end line of an answer has the usage +\d+ tokens in, \d+ out, end_turn/,
    /^ok +the end line of an answer has the time of the first delta +\d+ ms in the service, \d+ ms for the caller/,
    /^ok +a request for server-sent events gets them +\d+ events, from start to end, and 204 when asked again/,
    /^ok +AWS's SDK reads a stream from ConverseStream +colon:0: \d+ events, the first delta after \d+ ms, the end after \d+ ms/,
    /^ok +AWS's SDK gets a complete answer from Converse +colon:0: \d+ tokens in, \d+ out, end_turn/,
  ];
  expect(rows).toEqual(seen.map((row) => expect.stringMatching(row)));
});

describe("npm run smoke -- --resumable", () => {
  const slow: ScriptedModel = { description: "slow", script: spokenSlowly };
  let keeping: Stack;
  beforeAll(async () => {
    keeping = await startStack({
      callers: [caller],
      region: "us-east-1",
      bedrock: { kind: "local", options: { models: { "slow:0": slow } } },
      variables: { DELTAPIPE_MODELS: "slow=slow:0" },
      answerStore: {},
    });
  });
  afterAll(() => keeping.close());

  test("the smoke test passes for a service that keeps answers, and shows when they were resumed and cancelled", async () => {
    const { code, rows } = await smoke(["--url", keeping.url, "--resumable"]);
    expect(rows.slice(-2)).toEqual([
      expect.stringMatching(
        /^ok +an answer whose connection was cut is resumed to its end +3 lines before the cut, \d+ after it$/,
      ),
      expect.stringMatching(
        /^ok +an answer is cancelled +the last line came \d+ ms after the request to cancel$/,
      ),
    ]);
    expect(code).toBe(0);
  });

  test("the smoke test with --resumable fails for a service that keeps no answers", async () => {
    const { code, failed } = await smoke(["--url", stack.url, "--resumable"]);
    expect(failed).toEqual([
      expect.stringMatching(/an answer whose connection was cut .* found 400: .*InvalidRequest/),
      expect.stringMatching(/an answer is cancelled .* found 400: .*InvalidRequest/),
    ]);
    expect(code).toBe(1);
  });
});

describe("broken services", () => {
  test.each([
    ["the stream is cut short", "local.cut", /StreamTruncated/],
    ["the role may not call the model", "local.denied", /UpstreamAccessDenied/],
    ["the model is not in the list", "none", /ModelNotAllowed/],
  ])("a service fails the checks of answers if %s", async (_, model, reason) => {
    const { code, failed } = await smoke(["--url", stack.url, "--model", model]);
    expect(code).toBe(1);
    expect(failed).toHaveLength(6);
    expect(failed.join("\n")).toMatch(reason);
  });

  test("a service that rejects every signature passes only the checks of missing and wrong signatures", async () => {
    const { code, failed, rows } = await smoke(["--url", stack.url, "--region", "eu-west-1"]);
    expect(code).toBe(1);
    expect(failed).toEqual(rows.slice(3));
    expect(failed.at(-1)).toMatch(/status 403/);
  });

  describe("a service that accepts everybody and buffers its answers", () => {
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

    test("a service that accepts everybody and buffers passes two checks, and first gets the requests that cost nothing", async () => {
      const { code, rows, failed, output } = await smoke(["--url", server.url]);
      expect(code).toBe(1);
      expect(failed).toEqual([...rows.slice(0, 7), ...rows.slice(9)]);
      expect(failed[0]).toMatch(/an unsigned request is rejected +expected 403, found 200/);
      expect(failed[6]).toMatch(/arrives piece by piece +it arrived all at once: 4 lines/);
      expect(failed[7]).toMatch(/server-sent events gets them .*found 200 application\/x-ndjson/);
      expect(output).toMatch(/10 of 12 checks failed\n$/);
      for (const body of bodies.slice(0, 3)) expect(body).not.toContain("prompt");
    });
  });

  test("a service that cannot be reached is reported in one sentence", async () => {
    const { url, close } = await serve(() => undefined);
    await close();
    const { code, rows, output } = await smoke(["--url", url]);
    expect({ code, rows }).toEqual({ code: 1, rows: [] });
    expect(output).toBe(
      `Cannot reach ${url}: found ECONNREFUSED; start the local stack with npm start, or give the URL of another service\n`,
    );
  });
});

describe("wrong options", () => {
  test.each([
    [[], /^Cannot run the smoke test: --url is missing; give the Function URL$/],
    [["--speed", "9"], /^Cannot run the smoke test: unknown option '--speed'; npm run smoke -- --help/],
    [
      ["--url", "https://abc.lambda-url.eu-west-1.on.aws/"],
      /^Cannot find AWS credentials for abc\.lambda-url/,
    ],
  ])("the options %j are reported in one sentence, with exit code 2", async (args, sentence) => {
    const { code, output } = await smoke(args);
    expect(code).toBe(2);
    expect(output).toMatch(/^.+\n$/);
    expect(output.trimEnd()).toMatch(sentence);
  });

  // These mistakes are reported in the same way as those above, so they are tested without a child process.
  test.each([
    [["--url", "abc"], /^Cannot parse the URL/],
    [["--url", "http://example.com/"], /^Cannot sign a request to http:\/\/example\.com/],
    [["--url", "https://chat.example.com/"], /^Cannot find the region in the host chat\.example\.com/],
    [["--url", "https://abc.lambda-url.eu-west-1.on.aws/", "--region", "us-east-1"], /names "eu-west-1"/],
  ])("the options %j are rejected before credentials are looked for", async (args, sentence) => {
    const opened = openTarget(readSmokeOptions(args));
    await expect(opened).rejects.toThrow(OptionError);
    await expect(opened).rejects.toThrow(sentence);
  });
});

test("npm run smoke -- --help lists every option", async () => {
  const { code, output } = await smoke(["--help"]);
  expect(code).toBe(0);
  for (const option of ["--url", "--region", "--model", "--resumable", "--help"])
    expect(output).toContain(option);
});
