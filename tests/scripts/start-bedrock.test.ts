// `npm start -- --bedrock`: another Bedrock behind the local Function URL, found and called as by any AWS SDK.
import { type IncomingHttpHeaders } from "node:http";
import { devNull } from "node:os";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startBedrock } from "../../lib/local/bedrock/start-bedrock.ts";
import { findEndpoint } from "../../lib/stream/bedrock/endpoint.ts";
import { findAwsAccount, type AwsAccount } from "../../scripts/start/aws-account.ts";
import { readOptions } from "../../scripts/start/start-options.ts";
import { OptionError } from "../../scripts/run-script.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { serve } from "../support/servers/http-server.ts";
import { start } from "../support/processes/start-command.ts";

const models = { DELTAPIPE_MODELS: "echo=local.echo" };
const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-west-1" };
const prompt = ["--port", "0", "--once", "--prompt", "An echo"];

/** The stand-in as somebody else's Bedrock; `seen` is what was asked of it. */
async function startOther() {
  const seen: { path: string; headers: IncomingHttpHeaders }[] = [];
  const bedrock = await startBedrock({ deltasPerSecond: Infinity });
  const server = await serve((request, response) => {
    seen.push({ path: request.url ?? "", headers: request.headers });
    const url = bedrock.url + (request.url ?? "").replace("/base", "");
    const { authorization = "" } = request.headers;
    const headers = { authorization, "content-type": "application/json" };
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const answer = await fetch(url, { method: "POST", headers, body: Buffer.concat(chunks) });
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  onTestFinished(async () => {
    await server.close();
    await bedrock.close();
  });
  return { url: server.url, seen };
}

describe("another Bedrock is called with the developer's own credentials and Region", () => {
  test("by its URL, with its path", async () => {
    const { url, seen } = await startOther();
    const variables = { ...keys, AWS_SESSION_TOKEN: "token", ...models };
    // What the option says comes first.
    const others = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://127.0.0.1:9", AWS_USE_FIPS_ENDPOINT: "true" };
    const bedrock = new URL("base", url).href;
    const run = start([...prompt, "--bedrock", bedrock], { variables: { ...variables, ...others } });
    expect(await run.exit, run.output()).toBe(0);
    expect(run.output()).toContain("An echo\n\nAn echo");
    expect(seen).toHaveLength(1);
    expect(seen[0]?.path).toBe("/base/model/local.echo/converse-stream");
    expect(seen[0]?.headers).toMatchObject({
      authorization: expect.stringMatching(/Credential=AKIAEXAMPLE\/\d+\/eu-west-1\/bedrock\/aws4_request/),
      "x-amz-security-token": "token",
    });
  });

  test.each(["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"])(
    "by %s with --bedrock aws",
    async (name) => {
      const { url, seen } = await startOther();
      const run = start([...prompt, "--bedrock", "aws"], { variables: { ...keys, ...models, [name]: url } });
      expect(await run.exit, run.output()).toBe(0);
      expect(seen).toHaveLength(1);
    },
  );

  test("or with an API key, which needs no others", async () => {
    const { url, seen } = await startOther();
    const variables = { AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-x", ...models };
    const run = start([...prompt, "--bedrock", url], { variables });
    expect(await run.exit, run.output()).toBe(0);
    expect(seen[0]?.headers.authorization).toBe("Bearer bedrock-api-key-x");
  });

  test("with the models of serverless.yml where no others are set", async () => {
    const { url, seen } = await startOther();
    const run = start([...prompt, "--bedrock", url], { variables: keys });
    // The other one does not know them.
    expect(await run.exit).toBe(1);
    expect(seen[0]?.path).toBe("/model/global.amazon.nova-2-lite-v1%3A0/converse-stream");
  });

  test("and it says where that is, with a secret of its own", async () => {
    const { url } = await startOther();
    const variables = { ...keys, ...models, AWS_ENDPOINT_URL: url };
    const run = start(["--port", "0", "--bedrock", "aws"], { variables });
    const [, said] = await run.until(/\nBedrock {11}(\S+)\n/);
    expect(said).toBe(url);
    expect(run.output()).toMatch(/access key local, secret \S{32}, Region eu-west-1/);
    run.signal("SIGINT");
    expect(await run.exit).toBe(0);
  });
});

/** In this process, with these variables alone. */
function accountWith(variables: Record<string, string>, bedrock = "aws"): Promise<AwsAccount> {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  const nothing = {
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  const all = { ...nothing, AWS_EC2_METADATA_DISABLED: "true", ...variables };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return findAwsAccount(bedrock);
}

describe("the endpoint of --bedrock aws", () => {
  test.each([
    [{}, "https://bedrock-runtime.eu-west-1.amazonaws.com/"],
    [{ AWS_USE_DUALSTACK_ENDPOINT: "True" }, "https://bedrock-runtime.eu-west-1.api.aws/"],
    [
      { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
      "https://bedrock-runtime.eu-west-1.amazonaws.com/",
    ],
    [{ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "" }, "https://bedrock-runtime.eu-west-1.amazonaws.com/"],
  ])("with %j is %s, for the function as well", async (variables, url) => {
    const account = await accountWith({ ...keys, ...variables });
    expect(account.endpointUrl).toBe(url);
    expect(findEndpoint({ AWS_REGION: account.region, ...account.variables }).url.href).toBe(url);
  });
});

describe("what cannot be is one sentence", () => {
  test.each([
    [
      "ftp://example.com",
      /^--bedrock is "ftp:\/\/example\.com": expected local, aws or the URL of an endpoint$/,
    ],
    ["localhost:4566", /expected local, aws or the URL/],
    ["http://10.0.0.1:4566", /^--bedrock is "http:\/\/10\.0\.0\.1:4566": expected https, as prompts/],
    ["http://localhost.example.com", /expected https/],
    ["https://example.com/?a=b", /without a query/],
    ["https://me:hidden@example.com/", /^--bedrock has a user name or password in its URL[^"]*$/],
  ])("--bedrock %s", (url, sentence) => {
    const read = () => readOptions(["--bedrock", url]);
    expect(read).toThrow(OptionError);
    expect(read).toThrow(sentence);
    expect(read).not.toThrow(/hidden/);
  });

  test.each([
    "http://127.0.0.1:4566",
    "http://localhost:4566",
    "http://[::1]:4566",
    "https://vpce-1.example.com/a",
  ])("and %s can be", (url) => {
    expect(readOptions(["--bedrock", url]).bedrock).toBe(new URL(url).href);
  });

  test.each<[variables: Record<string, string>, sentence: RegExp]>([
    [{ AWS_ENDPOINT_URL: "nowhere" }, /AWS_ENDPOINT_URL is "nowhere"; set it to an http or https URL/],
    [{ AWS_USE_FIPS_ENDPOINT: "yes" }, /AWS_USE_FIPS_ENDPOINT: expected true or false, found "yes"/],
    [
      { AWS_USE_DUALSTACK_ENDPOINT: "true", AWS_ENDPOINT_URL: "https://a.example" },
      /AWS_USE_DUALSTACK_ENDPOINT cannot be combined with AWS_ENDPOINT_URL/,
    ],
    [{ AWS_REGION: "us east" }, /AWS_REGION or the profile's region: .*us east/],
    [
      { AWS_BEARER_TOKEN_BEDROCK: "hidden\nkey" },
      /AWS_BEARER_TOKEN_BEDROCK: expected an API key(?!.*hidden)/,
    ],
  ])("--bedrock aws with %j", async (variables, sentence) => {
    const found = accountWith({ ...keys, ...variables });
    await expect(found).rejects.toThrow(OptionError);
    await expect(found).rejects.toThrow(sentence);
  });

  test.each(["aws", "http://127.0.0.1:9/"])("--bedrock %s without credentials", async (bedrock) => {
    await expect(accountWith({}, bedrock)).rejects.toThrow(`No AWS credentials for --bedrock ${bedrock} (`);
  });
});

test("Ctrl-C ends it within two seconds while it still waits for credentials", async () => {
  let onAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => (onAsked = resolve));
  const silent = await serve(() => onAsked());
  onTestFinished(() => silent.close());
  const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: silent.url };
  const run = start([...prompt, "--bedrock", "aws"], { variables });
  await waitFor("The question for credentials", asked);
  const startedAt = performance.now();
  run.signal("SIGINT");
  expect(await run.exit).toBe(130);
  expect(performance.now() - startedAt).toBeLessThan(scaled(2000));
});
