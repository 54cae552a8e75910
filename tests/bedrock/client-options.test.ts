// Tests AWS's Bedrock client with the options for a deployed service, against a server that verifies the client's signatures.
import type { IncomingHttpHeaders } from "node:http";
import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, test, vi } from "vitest";
import {
  type BedrockClientOptions,
  bedrockClientOptions,
  ConfigurationError,
  type ServiceOptions,
} from "../../lib/bedrock/index.ts";
import { bedrockClientOptions as webClientOptions } from "../../lib/bedrock/web.ts";
import { waitFor } from "../support/deadline.ts";
import { findFault } from "../support/requests/wire-verifier.ts";
import { readBody, serve, type TestServer } from "../support/servers/http-server.ts";
import { permanent, scope, temporary } from "../support/servers/verifying-server.ts";

const functionUrl = "https://abc123.lambda-url.eu-west-1.on.aws/";
const { region } = scope;

interface Received {
  url: string | undefined;
  version: string;
  headers: IncomingHttpHeaders;
  /** The fault in the signature. Undefined if there is none. */
  fault: string | undefined;
}
let received: Received[] = [];
/** The server responds as soon as this many requests are waiting. */
let together = 1;
let server: TestServer;
beforeAll(async () => {
  const waiting: (() => void)[] = [];
  server = await serve(async (request, response) => {
    const { url, httpVersion: version, headers } = request;
    const credentials = headers["x-amz-security-token"] === undefined ? permanent : temporary;
    const body = await readBody(request);
    const fault = await findFault(request, body, { credentials, ...scope }).catch(String);
    received.push({ url, version, headers, fault });
    waiting.push(() => response.end("{}"));
    if (waiting.length >= together) for (const respond of waiting.splice(0)) respond();
  });
});
afterEach(() => {
  received = [];
  together = 1;
  vi.unstubAllEnvs();
});
afterAll(() => server.close());

function connect(options: Partial<ServiceOptions>): BedrockRuntimeClient {
  return new BedrockRuntimeClient(bedrockClientOptions({ url: server.url, region, ...options }));
}

async function converse(client: BedrockRuntimeClient): Promise<void> {
  const messages = [{ role: "user" as const, content: [{ text: "Hi" }] }];
  await waitFor("Converse", client.send(new ConverseCommand({ modelId: "amazon.nova:0", messages })));
}

describe("AWS's Bedrock client with bedrockClientOptions()", () => {
  test.each([
    ["permanent credentials", permanent],
    ["temporary credentials", temporary],
    ["a credentials provider", async () => temporary],
  ])("the client signs for Lambda with %s, and sends over HTTP/1.1", async (_, credentials) => {
    await converse(connect({ credentials }));
    expect(received).toMatchObject([{ url: "/model/amazon.nova%3A0/converse", version: "1.1" }]);
    expect(received[0]?.fault).toBeUndefined();
    expect(received[0]?.headers.authorization).toContain(`/${region}/lambda/aws4_request`);
  });

  test("the client finds credentials in the environment if none are given", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", permanent.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", permanent.secretAccessKey);
    vi.stubEnv("AWS_SESSION_TOKEN", "");
    await converse(connect({}));
    expect(received).toMatchObject([{ fault: undefined }]);
  });

  test("the client does not send a Bedrock API key from the environment", async () => {
    vi.stubEnv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-api-key-x");
    await converse(connect({ credentials: permanent }));
    expect(received).toMatchObject([{ fault: undefined }]);
    expect(JSON.stringify(received)).not.toContain("bedrock-api-key");
  });

  test.each([
    ["at least once for each request if the credentials have no expiration", undefined, false],
    ["at least once for each request while the credentials are about to expire", 60_000, false],
    ["once while the credentials last", 3_600_000, true],
  ])("the client calls a credentials provider %s", async (_, lastsMs, isKept) => {
    const expiration = lastsMs === undefined ? {} : { expiration: new Date(Date.now() + lastsMs) };
    const credentials = vi.fn(async () => ({ ...temporary, ...expiration }));
    const client = connect({ credentials });
    for (let count = 0; count < 3; count++) await converse(client);
    if (isKept) expect(credentials).toHaveBeenCalledOnce();
    else expect(credentials.mock.calls.length).toBeGreaterThanOrEqual(3);
    expect(received.map(({ fault }) => fault)).toEqual([undefined, undefined, undefined]);
  });

  test("the client sends 60 requests at once, more than the default limit of the SDK's request handler, 50", async () => {
    together = 60;
    const client = connect({ credentials: permanent });
    await Promise.all(Array.from({ length: together }, () => converse(client)));
    expect(received).toHaveLength(60);
  });
});

describe("bedrockClientOptions()", () => {
  test("bedrockClientOptions() takes the Region from a Function URL", () => {
    expect(bedrockClientOptions({ url: functionUrl })).toMatchObject({
      endpoint: functionUrl,
      region: "eu-west-1",
      signingName: "lambda",
    });
  });

  test("bedrockClientOptions() leaves out an empty session token, which shells and CI systems export", () => {
    const credentials = { ...permanent, sessionToken: "" };
    expect(bedrockClientOptions({ url: functionUrl, credentials }).credentials).toEqual(permanent);
  });

  test.each<[string, Partial<ServiceOptions>, string]>([
    ["a host without a Region", { url: "https://example.com/" }, '"region"'],
    ["a Region other than the host's", { region: "us-east-1" }, 'names "eu-west-1"'],
    ["plain http to another machine", { url: "http://example.com/", region }, "use https"],
    ["a URL with a password", { url: "https://a:b@example.com/", region }, "password"],
    ["a relative URL", { url: "/" }, "absolute"],
    [
      "a temporary key without its token",
      { credentials: { ...temporary, sessionToken: "" } },
      "sessionToken",
    ],
    ["an empty key", { credentials: { ...permanent, accessKeyId: "" } }, "accessKeyId"],
  ])("bedrockClientOptions() rejects %s", (_, options, reason) => {
    const make = (): unknown => bedrockClientOptions({ url: functionUrl, ...options });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(reason);
  });

  test("bedrockClientOptions() returns options that the SDK's type accepts, alone or together with other options", () => {
    expectTypeOf<BedrockClientOptions>().toExtend<BedrockRuntimeClientConfig>();
    const options = { ...bedrockClientOptions({ url: functionUrl }), maxAttempts: 1 };
    expectTypeOf(options).toExtend<BedrockRuntimeClientConfig>();
  });

  test("bedrockClientOptions() returns a request handler in the entry for Node, and none in the web entry", () => {
    const { requestHandler, ...options } = bedrockClientOptions({ url: functionUrl });
    expect(requestHandler).toHaveProperty("metadata.handlerProtocol", "http/1.1");
    expect(webClientOptions({ url: functionUrl })).toEqual(options);
  });
});
