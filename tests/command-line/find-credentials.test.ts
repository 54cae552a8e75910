// Tests credentials from the providers of AWS's SDK, which are installed next to the package.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, installCommandLine } from "../support/processes/command-line.ts";

let commandLine: CommandLine;
beforeAll(async () => {
  commandLine = await installCommandLine(["@aws-sdk/credential-providers"]);
  await mkdir(join(commandLine.project, ".aws"));
  await writeFile(
    join(commandLine.project, ".aws/credentials"),
    "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = very-secret\n" +
      "[work]\naws_access_key_id = ASIAWORK\naws_secret_access_key = very-secret\naws_session_token = token\n",
  );
});
afterAll(() => commandLine.remove());

const args = ["sign", "--headers", "--url", "https://abc123.lambda-url.eu-west-1.on.aws/"];

describe("credentials", () => {
  test.each([
    ["the default profile", {}, /Credential=AKIADEFAULT\//],
    ["the profile in AWS_PROFILE", { AWS_PROFILE: "work" }, /security-token: token\n.*Credential=ASIAWORK\//],
    [
      "the environment variables, which have precedence",
      { AWS_ACCESS_KEY_ID: "AKIAENVIRONMENT", AWS_SECRET_ACCESS_KEY: "x" },
      /Credential=AKIAENVIRONMENT\//,
    ],
  ])("credentials come from %s", async (_, variables, headers) => {
    const { code, stdout, stderr } = await commandLine.run(args, { variables });
    expect(stdout).toMatch(headers);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "The signature is valid for five minutes\n" });
  });

  test("credentials cannot come from a missing profile, and one sentence says what to do", async () => {
    const { code, stderr } = await commandLine.run(args, { variables: { AWS_PROFILE: "none" } });
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /^Cannot get AWS credentials: [^\n]+; log in \(aws sso login\), choose a profile[^\n]+\n$/,
    );
  });
});
