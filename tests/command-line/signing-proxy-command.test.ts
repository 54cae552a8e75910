// Tests the command `deltapipe proxy` as a child process: what it prints, whose credentials it uses, and how it ends.
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { makeCertificate } from "../../lib/local/certificate.ts";
import { sendUnsigned } from "../support/callers/unsigned-request.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { sampleBytes } from "../support/frames/sample-stream.ts";
import { type ChildOutput, collectOutput } from "../support/processes/child-output.ts";
import { type CommandLine, installCommandLine, targetOf } from "../support/processes/command-line.ts";
import { startConnectProxy } from "../support/servers/connect-proxy.ts";
import {
  type LineExchange,
  type LineService,
  sendJson,
  sendStream,
  serviceCredentials,
  startLineService,
} from "../support/servers/line-service.ts";
import { serve } from "../support/servers/http-server.ts";

const secure = makeCertificate("0.0.0.0");
let commandLine: CommandLine;
beforeAll(async () => {
  commandLine = await installCommandLine(["@aws-sdk/credential-providers"]);
  await writeFile(join(commandLine.project, "certificate.pem"), secure.certificate);
  await mkdir(join(commandLine.project, ".aws"));
  const profile = (name: string, id: string): string =>
    `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = very-secret\naws_session_token = the-token\n`;
  await writeFile(
    join(commandLine.project, ".aws/credentials"),
    profile("default", "ASIADEFAULT") + profile("work", "ASIAWORK"),
  );
});
afterAll(() => commandLine.remove());

interface RunningProxy extends ChildOutput {
  child: ChildProcessWithoutNullStreams;
  url: string;
  token: string;
}

async function start(args: string[], variables: Record<string, string> = {}): Promise<RunningProxy> {
  const child = commandLine.start(["proxy", "--port", "0", ...args], { variables });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = collectOutput(child);
  const [, url = ""] = await output.until(/^(http:\/\/127\.0\.0\.1:\d+\/)$/m);
  const [, token = ""] = await output.until(/x-deltapipe-token: (\S+)\n/);
  await output.until(/Ctrl-C stops the proxy\n/);
  return { child, url, token, ...output };
}

async function service(answer: (exchange: LineExchange) => unknown): Promise<LineService> {
  const started = await startLineService(answer);
  onTestFinished(() => started.close());
  return started;
}

/**
 * Starts an https service that answers with the access key id of the request's signature. Its address 0.0.0.0 does not count as
 * this machine, so the command looks for AWS credentials.
 */
async function startFarService(): Promise<string> {
  const server = await serve((request, response) => {
    sendJson(response, 200, /Credential=(\w+)\//.exec(request.headers.authorization ?? "")?.[1]);
  }, secure);
  onTestFinished(() => server.close());
  return server.url.replace("127.0.0.1", "0.0.0.0");
}

const far = (): Record<string, string> => ({
  NODE_EXTRA_CA_CERTS: join(commandLine.project, "certificate.pem"),
  AWS_REGION: "eu-west-1",
});

describe("deltapipe proxy", () => {
  test("deltapipe proxy prints its address on standard output, and says whose credentials and which URL it uses", async () => {
    const { options } = await service(({ response }) => sendStream(response, sampleBytes));
    const child = commandLine.start(["proxy", "--port", "0", ...targetOf({ options } as LineService)]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let stdout = "";
    child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
    const { until, output } = collectOutput(child);
    await until(/Ctrl-C stops the proxy\n/);
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
    expect(output()).toContain(
      `Signs requests as the local stack's caller and forwards them to ${options.url} (Region eu-west-1)\n`,
    );
  });

  test("deltapipe proxy prints one line for each request, without query, headers, bodies and credentials", async () => {
    const { options } = await service(({ response, index }) => {
      if (index === 0) sendStream(response, sampleBytes);
      else sendJson(response, 403, {}, { "x-amzn-errortype": "AccessDeniedException:http://x" });
    });
    const variables = {
      AWS_ACCESS_KEY_ID: serviceCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: serviceCredentials.secretAccessKey,
    };
    const proxy = await start(["--url", options.url, "--region", options.region], variables);
    const headers = { "x-key": "hidden-1", authorization: "Bearer hidden-2" };
    const posted = await sendUnsigned(`${proxy.url}a?q=hidden-3`, { method: "POST", headers }, "hidden-4");
    expect(posted).toEqual({ status: 200, body: sampleBytes.toString() });
    await proxy.until(new RegExp(`\nPOST /a 200, ${sampleBytes.length} bytes, \\d+ ms\n`));
    await sendUnsigned(proxy.url);
    await proxy.until(/\nGET \/ 403 AccessDeniedException, 2 bytes, \d+ ms\n/);
    await sendUnsigned(proxy.url, { headers: { origin: "https://hidden-5.example" } });
    await proxy.until(/\nGET \/ 403 ForeignOrigin, \d+ bytes, \d+ ms, not forwarded\n/);
    expect(proxy.output()).not.toMatch(/hidden-|Signature|Grüße/);
    expect(proxy.output().trimEnd().split("\n")).toHaveLength(7);
  });

  test("deltapipe proxy --quiet prints no line for a request", async () => {
    const { options } = await service(({ response }) => sendStream(response, sampleBytes));
    const proxy = await start(["--quiet", "--url", options.url, "--region", options.region]);
    expect((await sendUnsigned(proxy.url)).status).toBe(200);
    proxy.child.kill("SIGTERM");
    expect(await proxy.exit).toBe(143);
    expect(proxy.output().trimEnd().split("\n")).toHaveLength(4);
  });

  test("deltapipe proxy --require-token demands the token that it printed", async () => {
    const { options } = await service(({ response }) => sendStream(response, sampleBytes));
    const proxy = await start(["--require-token", "--url", options.url, "--region", options.region]);
    expect(proxy.output()).toMatch(/So do all other programs/);
    expect((await sendUnsigned(proxy.url)).status).toBe(403);
    const headers = { "x-deltapipe-token": proxy.token };
    expect((await sendUnsigned(proxy.url, { headers })).status).toBe(200);
  });

  test("deltapipe proxy exits with 130 within two seconds of Ctrl-C in the middle of an answer", async () => {
    const { options } = await service(({ response }) => {
      response.writeHead(200).write("half");
    });
    const proxy = await start(["--url", options.url, "--region", options.region]);
    const response = await waitFor("the head", fetch(proxy.url));
    const text = response.text();
    const startedAt = performance.now();
    proxy.child.kill("SIGINT");
    await expect(waitFor("the cut", text)).rejects.toThrow("terminated");
    expect(await proxy.exit).toBe(130);
    expect(performance.now() - startedAt).toBeLessThan(scaled(2000));
  });
});

describe("the credentials", () => {
  test.each<[string, string[], Record<string, string>, string, string]>([
    ["of --profile", ["--profile", "work"], { AWS_PROFILE: "none" }, "ASIAWORK", 'the profile "work"'],
    [
      "of --profile, although others are in the environment variables,",
      ["--profile", "work"],
      { AWS_ACCESS_KEY_ID: "AKIAX", AWS_SECRET_ACCESS_KEY: "very-secret" },
      "ASIAWORK",
      'the profile "work"',
    ],
    ["of AWS_PROFILE", [], { AWS_PROFILE: "work" }, "ASIAWORK", 'the profile "work"'],
    ["that the SDK finds by default", [], {}, "ASIADEFAULT", "the default credentials of AWS's SDK"],
    [
      "in the environment variables",
      [],
      { AWS_ACCESS_KEY_ID: "AKIAX", AWS_SECRET_ACCESS_KEY: "very-secret" },
      "AKIAX",
      "the key in AWS_ACCESS_KEY_ID",
    ],
  ])(
    "the credentials %s sign the requests, and are described without the key",
    async (_, args, variables, key, described) => {
      const url = await startFarService();
      const proxy = await start(["--url", url, ...args], { ...far(), ...variables });
      expect(await sendUnsigned(proxy.url)).toEqual({ status: 200, body: JSON.stringify(key) });
      expect(proxy.output()).toContain(`Signs requests as ${described} and forwards them to ${url}`);
      expect(proxy.output()).not.toMatch(/very-secret|the-token|ASIA|AKIAX/);
    },
  );

  test("temporary credentials of a profile are read again while the proxy runs, shortly before they expire", async () => {
    const url = await startFarService();
    const file = join(commandLine.project, "key.json");
    const write = (id: string, seconds: number): Promise<void> =>
      writeFile(
        file,
        JSON.stringify({
          Version: 1,
          AccessKeyId: id,
          SecretAccessKey: "very-secret",
          SessionToken: "the-token",
          Expiration: new Date(Date.now() + seconds * 1000).toISOString(),
        }),
      );
    await writeFile(
      join(commandLine.project, "config"),
      `[profile renewed]\ncredential_process = cat ${file}\n`,
    );
    // AWS's SDK renews credentials that expire within five minutes.
    await write("ASIAFIRST", 60);
    const variables = { ...far(), AWS_CONFIG_FILE: join(commandLine.project, "config") };
    const proxy = await start(["--url", url, "--profile", "renewed"], variables);
    await write("ASIASECOND", 3600);
    const key = async (): Promise<string> => JSON.parse((await sendUnsigned(proxy.url)).body) as string;
    let found = await key();
    // For the first request, the SDK may still use the old credentials while it fetches new ones.
    for (let tries = 0; found === "ASIAFIRST" && tries < 20; tries += 1) found = await key();
    expect(found).toBe("ASIASECOND");
  });
});

test("the signing proxy sends its requests through the HTTP proxy in HTTPS_PROXY", async () => {
  const tunnel = await startConnectProxy();
  onTestFinished(() => tunnel.close());
  const url = await startFarService();
  const variables = { ...far(), HTTPS_PROXY: `http://${tunnel.address}` };
  const proxy = await start(["--url", url, "--profile", "work"], variables);
  expect((await sendUnsigned(proxy.url)).status).toBe(200);
  expect(tunnel.asked).toEqual([`CONNECT ${new URL(url).host}`]);
});

describe("a mistake", () => {
  test.each<[string[], Record<string, string>, number, RegExp]>([
    [["--port", "70000"], {}, 2, /^Cannot use --port: it is "70000"; set a number from 0/],
    [["--port", "x"], {}, 2, /^Cannot use --port: it is "x"/],
    [["--model", "x"], {}, 2, /^Cannot run deltapipe proxy: it has no option --model/],
    [["x"], {}, 2, /^Cannot run deltapipe proxy: "x" is not an option/],
    [["--url", "x"], {}, 2, /^Cannot use the URL "x"/],
    [["--url", "http://example.com/"], {}, 2, /a plain http URL must be this machine/],
    [["--url", "http://127.0.0.1:9/?a=b"], {}, 2, /^Cannot forward to this URL: it has a query/],
    [["--profile", "work"], {}, 2, /^Cannot use --profile: 127\.0\.0\.1:9 is the local stack/],
    [
      ["--url", "https://abc123.lambda-url.eu-west-1.on.aws/", "--profile", "none"],
      {},
      4,
      /^Cannot get AWS credentials: [^\n]+; log in \(aws sso login\), choose a profile/,
    ],
    [
      ["--url", "https://abc123.lambda-url.eu-west-1.on.aws/"],
      { AWS_SECRET_ACCESS_KEY: "x" },
      4,
      /^Cannot find AWS credentials: AWS_ACCESS_KEY_ID is missing/,
    ],
    [
      ["--url", "https://abc123.lambda-url.eu-west-1.on.aws/", "--region", "eu-west-2"],
      { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x" },
      2,
      /^Cannot sign for the region "eu-west-2": the Function URL names "eu-west-1"/,
    ],
  ])(
    "a mistake in the options %j or the variables %j ends the command with exit code %i before it listens",
    async (args, variables, code, sentence) => {
      const finished = await commandLine.run(["proxy", ...args], { variables });
      expect(finished).toEqual({ code, stdout: "", stderr: expect.stringMatching(sentence) as string });
    },
  );

  test("a port that is taken ends the command with exit code 2", async () => {
    const { port } = new URL((await service(() => undefined)).options.url);
    const { code, stdout, stderr } = await commandLine.run(["proxy", "--port", port]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      `Cannot start the proxy: port ${port} is taken; stop the program that uses it, or choose another with --port\n`,
    );
  });
});
