// `deltapipe sign`: what it prints is sent by curl, and verified as AWS does it.
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
  // Answers only what is signed rightly.
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

describe.skipIf(!hasCurl)("the curl line", () => {
  async function curl(args: string[]): Promise<unknown> {
    const { code, stdout } = await sign(args);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const line = `${stdout.trimEnd()} --silent`;
    const sent = await finish(spawn("sh", ["-c", line], { cwd: commandLine.project }));
    return JSON.parse(sent.stdout);
  }

  test("posts the data as it stands, whatever the shell makes of its characters", async () => {
    const data = `{"prompt":"it's \\"$HOME\\" \`date\` \\\\ Grüße! @"}`;
    expect(await curl(["--data", data])).toEqual({ method: "POST", type: "application/json", body: data });
  });

  test("posts a file byte for byte", async () => {
    const data = '{\r\n  "prompt": "two lines"\n}\n';
    await writeFile(join(commandLine.project, "it's a body.json"), data);
    expect(await curl(["--data", "@it's a body.json"])).toMatchObject({ method: "POST", body: data });
  });

  test("has another method where it is asked for", async () => {
    expect(await curl([])).toMatchObject({ method: "GET", body: "" });
    expect(await curl(["--method", "delete"])).toMatchObject({ method: "DELETE" });
    expect(await curl(["--method", "PUT", "--data", "x"])).toMatchObject({ method: "PUT", body: "x" });
  });
});

test("--headers are those of the request, one on each line", async () => {
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
  expect(stderr).toBe("AWS takes the signature for five minutes\n");
});

test("the secret key is nowhere in the output, the session token is in its header", async () => {
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
