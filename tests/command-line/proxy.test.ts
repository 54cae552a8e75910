// The command line behind a proxy that the environment variables name.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EnvHttpProxyAgent } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../lib/client/index.ts";
import { makeCertificate } from "../../lib/local/certificate.ts";
import { type CommandLine, installCommandLine } from "../support/processes/command-line.ts";
import { type ConnectProxy, startConnectProxy } from "../support/servers/connect-proxy.ts";
import {
  serviceCredentials,
  type LineService,
  sendStream,
  startLineService,
} from "../support/servers/line-service.ts";
import { sampleBytes, sampleMessage } from "../support/frames/sample-stream.ts";

const secure = makeCertificate("0.0.0.0");
let commandLine: CommandLine;
let service: LineService;
let proxy: ConnectProxy;
/** The host and port of the service. Unlike 127.0.0.1, 0.0.0.0 does not count as this machine, so requests use the proxy. */
let host: string;
beforeAll(async () => {
  commandLine = await installCommandLine();
  await writeFile(join(commandLine.project, "certificate.pem"), secure.certificate);
  service = await startLineService(({ response }) => sendStream(response, sampleBytes), secure);
  host = `0.0.0.0:${new URL(service.options.url).port}`;
  proxy = await startConnectProxy();
});
afterEach(() => void proxy.asked.splice(0));
afterAll(async () => {
  await proxy.close();
  await service.close();
  await commandLine.remove();
});

/** Runs `ask`. In the variables' values, replaces `PROXY` and `HOST` with the host and port of the proxy and of the service. */
async function ask(variables: Record<string, string>, ...options: string[]) {
  const given = Object.entries(variables).map(([name, value]) => [
    name,
    value.replace("PROXY", proxy.address).replace("HOST", host),
  ]);
  return commandLine.run(["ask", "--url", `https://${host}/`, "--region", "eu-west-1", ...options, "Hi"], {
    variables: {
      AWS_ACCESS_KEY_ID: serviceCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: serviceCredentials.secretAccessKey,
      NODE_EXTRA_CA_CERTS: join(commandLine.project, "certificate.pem"),
      ...Object.fromEntries(given),
    },
  });
}

const complete = { code: 0, stdout: "Grüße, 世界 😀\n" };

describe("ask", () => {
  test.each<Record<string, string>>([
    { HTTPS_PROXY: "http://PROXY" },
    { https_proxy: "http://PROXY/" },
    { HTTP_PROXY: "http://PROXY" },
    { http_proxy: "http://PROXY" },
    { HTTPS_PROXY: "PROXY" },
    { https_proxy: "", HTTPS_PROXY: "http://PROXY" },
    { https_proxy: "http://PROXY", HTTPS_PROXY: "http://127.0.0.1:9" },
    { HTTPS_PROXY: "", HTTP_PROXY: "http://PROXY" },
    { HTTPS_PROXY: "http://PROXY", NO_PROXY: "example.com, 10.0.0.0" },
  ])("ask uses the proxy with the variables %j", async (variables) => {
    expect(await ask(variables)).toMatchObject(complete);
    expect(proxy.asked).toEqual([`CONNECT ${host}`]);
  });

  test.each<Record<string, string>>([
    {},
    { HTTPS_PROXY: "", http_proxy: " " },
    { HTTPS_PROXY: "http://PROXY", NO_PROXY: "0.0.0.0" },
    { HTTPS_PROXY: "http://PROXY", NO_PROXY: "example.com,HOST" },
    { HTTPS_PROXY: "http://PROXY", no_proxy: "*" },
    { HTTPS_PROXY: "http://PROXY", no_proxy: "", NO_PROXY: "0.0.0.0" },
  ])("ask connects directly with the variables %j", async (variables) => {
    expect(await ask(variables)).toMatchObject(complete);
    expect(proxy.asked).toEqual([]);
  });

  test("ask never uses a proxy for this machine", async () => {
    const local = await startLineService(({ response }) => sendStream(response, sampleBytes));
    const variables = { HTTPS_PROXY: "http://PROXY", HTTP_PROXY: "http://PROXY" };
    for (const url of [local.options.url, local.options.url.replace("127.0.0.1", "localhost")]) {
      expect(await ask(variables, "--url", url)).toMatchObject(complete);
    }
    const secured = `https://localhost:${new URL(service.options.url).port}/`;
    const { stderr } = await ask(variables, "--url", secured);
    expect(stderr).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID/);
    expect(proxy.asked).toEqual([]);
    await local.close();
  });

  test("ask sends the proxy its user name and password, and prints the lines unchanged", async () => {
    const { code, stdout } = await ask({ HTTPS_PROXY: "http://me:p%40ss@PROXY" }, "--json");
    expect({ code, stdout }).toEqual({ code: 0, stdout: sampleBytes.toString() });
    expect(proxy.asked).toEqual([`CONNECT ${host} me:p@ss`]);
  });

  test.each([
    [407, 2, /the proxy answered 407; put a user name and password into the proxy's URL\n$/],
    [403, 2, /the proxy answered 403; allow this host in the proxy, or list the host in NO_PROXY\n$/],
    [502, 5, /the proxy answered 502; try again in 1 s\n$/],
  ])("ask reports that the proxy answered %i", async (status, expected, sentence) => {
    const rejecting = await startConnectProxy(status);
    const { code, stdout, stderr } = await ask({ HTTPS_PROXY: `http://${rejecting.address}` });
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toMatch(/^Cannot connect to 0\.0\.0\.0:\d+: the proxy/);
    expect(stderr).toMatch(sentence);
    expect(rejecting.asked).toHaveLength(status === 502 ? 3 : 1);
    await rejecting.close();
  });

  test("ask reports a proxy that cannot be reached, without blaming the URL or the local stack", async () => {
    const gone = await startConnectProxy();
    await gone.close();
    const { code, stderr } = await ask({ HTTPS_PROXY: `http://${gone.address}` });
    expect(stderr).toBe(
      `Cannot connect to ${host}: ECONNREFUSED at the proxy ${gone.address}; try again in 1 s\n`,
    );
    expect(code).toBe(5);
  });

  test.each([
    [
      { HTTPS_PROXY: "ftp://secret@PROXY" },
      /^Cannot use the proxy in HTTPS_PROXY: it is not a proxy's URL; set one such as http/,
    ],
    [{ http_proxy: "http://secret:x y z:1" }, /^Cannot use the proxy in http_proxy: it is not a proxy's URL/],
    [
      { HTTPS_PROXY: "http://secret:%ff%@PROXY" },
      /^Cannot use the proxy in HTTPS_PROXY or HTTP_PROXY: undici rejects its URL; check/,
    ],
  ])("ask rejects the variables %j without quoting the URL", async (variables, sentence) => {
    const { code, stderr } = await ask(variables as unknown as Record<string, string>);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain("secret");
    expect(code).toBe(2);
  });
});

test("the client uses a proxy if its dispatcher is undici's EnvHttpProxyAgent", async () => {
  const httpsProxy = `http://${proxy.address}`;
  const dispatcher = new EnvHttpProxyAgent({ httpsProxy, requestTls: { ca: secure.certificate } });
  const client = createClient({ ...service.options, url: `https://${host}/`, dispatcher });
  expect((await client.converse({ prompt: "hi" }).result()).message).toEqual(sampleMessage);
  expect(proxy.asked).toEqual([`CONNECT ${host}`]);
  await dispatcher.close();
});
