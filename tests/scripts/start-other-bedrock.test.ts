// `npm start -- --bedrock`: another Bedrock behind the local Function URL, configured as for any AWS SDK.
import { exec } from "node:child_process";
import type { IncomingHttpHeaders } from "node:http";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { startBedrock } from "../../lib/local/bedrock/start-bedrock.ts";
import { openWebSocket } from "../support/callers/websocket-caller.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { serve } from "../support/servers/http-server.ts";
import { servicePorts, start } from "../support/processes/start-command.ts";

const models = { DELTAPIPE_MODELS: "echo=local.echo" };
const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-west-1" };
const prompt = [...servicePorts, "--once", "--prompt", "An echo"];

/** Starts the local Bedrock behind another URL. `seen` collects the requests to that URL. */
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

describe("another Bedrock", () => {
  test("another Bedrock is called at its URL and path, with the developer's credentials and Region", async () => {
    const { url, seen } = await startOther();
    const variables = { ...keys, AWS_SESSION_TOKEN: "token", ...models };
    // `--bedrock` with a URL overrides these variables.
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

  test("another Bedrock is called with AWS's SDK if --bedrock-client is sdk", async () => {
    const { url, seen } = await startOther();
    const run = start([...prompt, "--bedrock", url, "--bedrock-client", "sdk"], {
      variables: { ...keys, ...models },
    });
    expect(await run.exit, run.output()).toBe(0);
    expect(run.output()).toContain("An echo\n\nAn echo");
    expect(seen.map(({ headers }) => headers["user-agent"])).toEqual([
      expect.stringMatching(/^aws-sdk-js\//),
    ]);
  });

  test.each(["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"])(
    "another Bedrock is found through %s with --bedrock aws",
    async (name) => {
      const { url, seen } = await startOther();
      const run = start([...prompt, "--bedrock", "aws"], { variables: { ...keys, ...models, [name]: url } });
      expect(await run.exit, run.output()).toBe(0);
      expect(seen).toHaveLength(1);
    },
  );

  test("another Bedrock is called with an API key alone", async () => {
    const { url, seen } = await startOther();
    const variables = { AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-x", ...models };
    const run = start([...prompt, "--bedrock", url], { variables });
    expect(await run.exit, run.output()).toBe(0);
    expect(seen[0]?.headers.authorization).toBe("Bearer bedrock-api-key-x");
  });

  test("another Bedrock is called with the default model of serverless.yml if DELTAPIPE_MODELS is not set", async () => {
    const { url, seen } = await startOther();
    const run = start([...prompt, "--bedrock", url], { variables: keys });
    // The other Bedrock does not have the models of serverless.yml, so npm start fails.
    expect(await run.exit).toBe(1);
    expect(seen[0]?.path).toBe("/model/global.amazon.nova-2-lite-v1%3A0/converse-stream");
  });

  test("npm start prints another Bedrock's URL, a random local secret, and a wscat command that connects", async () => {
    const { url } = await startOther();
    const variables = { ...keys, ...models, AWS_ENDPOINT_URL: url };
    const run = start([...servicePorts, "--bedrock", "aws"], { variables });
    const [, said] = await run.until(/\nBedrock {11}(\S+)\n/);
    expect(said).toBe(url);
    expect(run.output()).toMatch(/access key local, secret \S{32}, Region eu-west-1/);
    expect(run.output()).toMatch(/or API key da2-[\da-f]{26}\n/);
    const [, sign = ""] = await run.until(/wscat --connect "\$\((.+)\)"/);
    const { stdout } = await promisify(exec)(sign, { env: { PATH: process.env["PATH"], ...variables } });
    const caller = await openWebSocket({ webSocketUrl: "", signedUrl: stdout.trimEnd() });
    expect((await caller.ask({ prompt: "An echo" })).lines.at(-1)?.type).toBe("end");
    run.signal("SIGINT");
    expect(await run.exit).toBe(0);
  });
});

test("Ctrl-C ends npm start within two seconds while it waits for credentials", async () => {
  let onAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => (onAsked = resolve));
  const silent = await serve(() => onAsked());
  onTestFinished(() => silent.close());
  const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: silent.url };
  const run = start([...prompt, "--bedrock", "aws"], { variables });
  await waitFor("The request for credentials", asked);
  const startedAt = performance.now();
  run.signal("SIGINT");
  expect(await run.exit).toBe(130);
  expect(performance.now() - startedAt).toBeLessThan(scaled(2000));
});
