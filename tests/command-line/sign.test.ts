// Tests `deltapipe sign`: curl sends the printed request, and a server verifies its signature as AWS would.
import { spawn, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type CommandLine,
  type Finished,
  finish,
  installCommandLine,
  targetOf,
} from "../support/processes/command-line.ts";
import { sendJson, startLineService, type LineService } from "../support/servers/line-service.ts";

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

let commandLine: CommandLine;
let service: LineService;
beforeAll(async () => {
  commandLine = await installCommandLine();
  // The server answers only requests with a valid signature.
  service = await startLineService(({ request, body, response }) => {
    sendJson(response, 200, { method: request.method, type: request.headers["content-type"], body });
  });
});
afterAll(async () => {
  await service.close();
  await commandLine.remove();
});

function sign(args: string[]): Promise<Finished> {
  return commandLine.run(["sign", ...targetOf(service), ...args]);
}

describe.skipIf(!hasCurl)("the curl command", () => {
  async function curl(args: string[]): Promise<unknown> {
    const { code, stdout } = await sign(args);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const line = `${stdout.trimEnd()} --silent`;
    const sent = await finish(spawn("sh", ["-c", line], { cwd: commandLine.project }));
    return JSON.parse(sent.stdout);
  }

  test("the curl command sends data with the shell's special characters unchanged", async () => {
    const data = `{"prompt":"it's \\"$HOME\\" \`date\` \\\\ Grüße! @"}`;
    expect(await curl(["--data", data])).toEqual({ method: "POST", type: "application/json", body: data });
  });

  test("the curl command sends a file byte for byte", async () => {
    const data = '{\r\n  "prompt": "two lines"\n}\n';
    await writeFile(join(commandLine.project, "it's a body.json"), data);
    expect(await curl(["--data", "@it's a body.json"])).toMatchObject({ method: "POST", body: data });
  });

  test("the curl command uses the method in --method, or GET if there is no data", async () => {
    expect(await curl([])).toMatchObject({ method: "GET", body: "" });
    expect(await curl(["--method", "delete"])).toMatchObject({ method: "DELETE" });
    expect(await curl(["--method", "PUT", "--data", "x"])).toMatchObject({ method: "PUT", body: "x" });
  });
});

describe("the output", () => {
  test("the output has one header per line with --headers", async () => {
    const { stdout, stderr } = await sign(["--headers", "--data", "{}"]);
    const headers = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(": ") as [string, string]);
    const response = await fetch(service.options.url, {
      method: "POST",
      headers: headers.filter(([name]) => name !== "host"),
      body: "{}",
    });
    expect(await response.json()).toMatchObject({ body: "{}" });
    expect(stderr).toBe("The signature is valid for five minutes\n");
  });

  test("the output contains the session token in its header, but never the secret key", async () => {
    const variables = {
      AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "very-secret",
      AWS_SESSION_TOKEN: "the-token",
    };
    const args = ["sign", "--url", "https://abc123.lambda-url.eu-west-1.on.aws/", "--data", "{}"];
    for (const more of [[], ["--headers"]]) {
      const { code, stdout, stderr } = await commandLine.run([...args, ...more], { variables });
      expect(code).toBe(0);
      expect(stdout).toContain("Credential=ASIAEXAMPLE/");
      expect(stdout).toContain("/eu-west-1/lambda/aws4_request");
      expect(stdout).toContain("x-amz-security-token: the-token");
      expect(stdout + stderr).not.toContain("very-secret");
    }
  });
});
