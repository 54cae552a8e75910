// Tests mistakes on the command line: each mistake ends the command with one sentence that says what to do.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { optionsOfCommand } from "../../lib/command-line/command-options.ts";
import { type CommandLine, installCommandLine } from "../support/processes/command-line.ts";
import { serve } from "../support/servers/http-server.ts";

let commandLine: CommandLine;
beforeAll(async () => {
  commandLine = await installCommandLine();
});
afterAll(() => commandLine.remove());

const functionUrl = "https://abc123.lambda-url.eu-west-1.on.aws/";

async function runRejected(args: string[], variables: Record<string, string> = {}) {
  const { code, stdout, stderr } = await commandLine.run(args, { variables });
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^[A-Z"-][^\n]*\n$/);
  return { code, stderr };
}

describe("a command with a mistake", () => {
  test.each([
    [["aks"], /^Cannot run deltapipe: there is no command "aks"/],
    [["ask", "--modle", "x"], /^Cannot run deltapipe ask: unknown option '--modle'/],
    [["ask"], /^Cannot ask: there is no prompt; add one/],
    [["ask", " \n"], /^Cannot ask: there is no prompt/],
    [
      ["ask", "--url", "example", "x"],
      /^Cannot use the URL "example": it is not absolute; set one such as https:/,
    ],
    [["ask", "--url", "http://example.com/", "x"], /a plain http URL must be this machine.*use https/],
    [
      ["ask", "--url", "ftp://example.com/", "x"],
      /^Cannot use this URL: it begins with "ftp:"; give an https/,
    ],
    [["ask", "--url", "https://u:p@example.com/", "x"], /^Cannot use this URL: it contains a user name/],
    [
      ["ask", "--url", "https://example.com/", "x"],
      /^Cannot sign the request: the host example.com does not contain a Region; .*--region or AWS_REG/,
    ],
    [
      ["sign", "--method", "FETCH"],
      /^Cannot sign the method "FETCH": a Function URL does not accept it; use DELETE/,
    ],
    [["sign", "--data", "@none.json"], /^Cannot send --data "@none.json": it does not exist; check the path/],
  ])("the mistake in %j ends the command with exit code 2", async (args, sentence) => {
    const { code, stderr } = await runRejected(args);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(2);
  });

  test("a command ends with exit code 2 if its Region contradicts the Function URL", async () => {
    const variables = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
    const args = ["ask", "--url", functionUrl, "--region", "us-east-1", "x"];
    const { code, stderr } = await runRejected(args, variables);
    expect(code).toBe(2);
    expect(stderr).toMatch(/the Function URL names "eu-west-1"/);
  });

  test("a command ends with exit code 2 if its standard input is not text or is too large", async () => {
    const notText = await commandLine.run(["ask"], { input: Uint8Array.of(0xff, 0xfe) });
    expect(notText).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Cannot ask: standard input is not UTF-8 text/),
    });
    const tooMuch = await commandLine.run(["ask"], { input: "x".repeat(7_000_000) });
    expect(tooMuch).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Cannot ask: standard input is larger than 6 MB/),
    });
  });
});

describe("a command without usable credentials", () => {
  const args = ["ask", "--url", functionUrl, "x"];

  test.each([
    [
      { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE" },
      /^Cannot find AWS credentials: AWS_SECRET_ACCESS_KEY is missing, although AWS_ACCESS_KEY_ID is set; set it as well, or unset AWS_ACCESS_KEY_ID$/m,
    ],
    [
      { AWS_SECRET_ACCESS_KEY: "secret" },
      /^Cannot find AWS credentials: AWS_ACCESS_KEY_ID is missing, although AWS_SECRET_ACCESS_KEY is set; set it as well, or unset AWS_SECRET_ACCESS_KEY$/m,
    ],
    [
      { AWS_ACCESS_KEY_ID: "ASIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "" },
      /: AWS_SESSION_TOKEN is missing, although AWS_ACCESS_KEY_ID is a temporary key \(ASIA…\); set it as well, or unset AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY$/m,
    ],
    [
      {},
      /^Cannot find AWS credentials: there are none in the environment variables; set .* install @aws-sdk\/credential-providers/,
    ],
  ])("a command with the credentials %j ends with exit code 4", async (variables, sentence) => {
    const { code, stderr } = await runRejected(args, variables);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain("secret");
    expect(code).toBe(4);
  });
});

describe("the response of an unrelated server", () => {
  test.each([
    [
      "a web page",
      200,
      { "content-type": "text/html" },
      /^Cannot find a Deltapipe service at this URL.*text\/html/,
    ],
    ["a 404", 404, { "content-type": "text/html" }, /^Cannot find a Deltapipe service.*404/],
    [
      "a redirect",
      302,
      { location: "https://example.com/" },
      /^Cannot follow a redirect with a signed request/,
    ],
  ])("a command ends after one request if the response is %s", async (_, status, headers, sentence) => {
    let requests = 0;
    const server = await serve((_request, response) => {
      requests += 1;
      response.writeHead(status, headers).end("<p>Hello</p>");
    });
    const { code, stderr } = await runRejected(["ask", "--url", server.url, "x"]);
    await server.close();
    expect(stderr).toMatch(sentence);
    expect({ code, requests }).toEqual({ code: 2, requests: 1 });
  });
});

test("--help lists every exit code and names variables such as NO_COLOR, and -h after a command prints the same text", async () => {
  const { code, stdout, stderr } = await commandLine.run(["--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const exitCode of [0, 1, 2, 3, 4, 5, 6, 7, 8, 130]) expect(stdout).toContain(`\n  ${exitCode}  `);
  for (const name of ["DELTAPIPE_URL", "AWS_ACCESS_KEY_ID", "NO_COLOR", "credential-providers"]) {
    expect(stdout).toContain(name);
  }
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  for (const name of Object.keys(optionsOfCommand)) {
    expect((await commandLine.run([name, "-h"])).stdout).toBe(stdout);
  }
});
