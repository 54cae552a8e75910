// Tests credentials from a Cognito identity pool against a server that acts as Cognito, and against moto.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { cognitoIdentity } from "../../lib/cognito/index.ts";
import { AuthorizationError, ConfigurationError, signRequest } from "../../lib/signer/index.ts";
import { waitFor } from "../support/deadline.ts";
import { readBody, serve } from "../support/servers/http-server.ts";

const identityPoolId = "eu-west-1:00000000-1111-2222-3333-444444444444";
const logins = { "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool": "token-1" };
const hour = 3600;

interface Call {
  action: string;
  body: Record<string, unknown>;
}

/**
 * Starts a server that answers both of Cognito's operations. If `answer` returns a status and an error's name, the server
 * sends this error instead. The access key id shows how often credentials were requested: `AKID1`, `AKID2` and so on.
 */
async function startCognito(
  answer: (
    call: Call,
    index: number,
  ) => { status: number; error: string; message?: string } | undefined = () => undefined,
  lifetimeSeconds = hour,
) {
  const calls: Call[] = [];
  let issued = 0;
  async function listen(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await readBody(request)).toString()) as Call["body"];
    const action = String(request.headers["x-amz-target"]).replace("AWSCognitoIdentityService.", "");
    const call = { action, body };
    calls.push(call);
    const failure = answer(call, calls.length - 1);
    response.setHeader("content-type", "application/x-amz-json-1.1");
    if (failure) {
      response.writeHead(failure.status, {
        "x-amzn-errortype": `${failure.error}:http://internal.amazon.com/`,
      });
      response.end(JSON.stringify({ message: failure.message ?? "It failed" }));
      return;
    }
    if (action === "GetId") return void response.end(JSON.stringify({ IdentityId: "eu-west-1:user" }));
    issued += 1;
    const Expiration = Date.now() / 1000 + lifetimeSeconds;
    const Credentials = { AccessKeyId: `AKID${issued}`, SecretKey: "s", SessionToken: "t", Expiration };
    response.end(JSON.stringify({ IdentityId: body["IdentityId"], Credentials }));
  }
  const server = await serve((request, response) => void listen(request, response));
  onTestFinished(() => server.close());
  return { endpoint: server.url, calls };
}

describe("the credentials", () => {
  test("the credentials come from two requests to Cognito, both with the user's logins", async () => {
    const { endpoint, calls } = await startCognito();
    const provider = cognitoIdentity({ identityPoolId, logins, endpoint });
    expect(await provider()).toEqual({ accessKeyId: "AKID1", secretAccessKey: "s", sessionToken: "t" });
    expect(calls).toEqual([
      { action: "GetId", body: { IdentityPoolId: identityPoolId, Logins: logins } },
      { action: "GetCredentialsForIdentity", body: { IdentityId: "eu-west-1:user", Logins: logins } },
    ]);
  });

  test("the credentials are requested once for callers that ask at the same time, and kept for later callers", async () => {
    const { endpoint, calls } = await startCognito();
    const provider = cognitoIdentity({ identityPoolId, logins, endpoint });
    const all = await Promise.all(Array.from({ length: 20 }, () => provider()));
    expect(new Set([...all, await provider()].map(({ accessKeyId }) => accessKeyId))).toEqual(
      new Set(["AKID1"]),
    );
    expect(calls.length).toBe(2);
  });

  test("the credentials are not requested before the first use", async () => {
    const { endpoint, calls } = await startCognito();
    cognitoIdentity({ identityPoolId, logins, endpoint });
    expect(calls).toEqual([]);
  });

  test("the credentials are renewed five minutes before they expire, with new logins", async () => {
    const { endpoint, calls } = await startCognito();
    let token = 0;
    const provider = cognitoIdentity({
      identityPoolId,
      endpoint,
      logins: async () => ({ provider: `token-${(token += 1)}` }),
    });
    await provider();
    const now = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(now + 54 * 60_000);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(await provider()).toMatchObject({ accessKeyId: "AKID1" });
    vi.mocked(Date.now).mockReturnValue(now + 56 * 60_000);
    expect(await provider()).toMatchObject({ accessKeyId: "AKID2" });
    expect(calls.map(({ body }) => (body["Logins"] as { provider: string }).provider)).toEqual([
      "token-1",
      "token-1",
      "token-2",
      "token-2",
    ]);
  });

  test("the credentials keep the same identity for a guest when they are renewed", async () => {
    const { endpoint, calls } = await startCognito(undefined, 60);
    const provider = cognitoIdentity({ identityPoolId, endpoint });
    await provider();
    await provider();
    expect(calls.map(({ action }) => action)).toEqual([
      "GetId",
      "GetCredentialsForIdentity",
      "GetCredentialsForIdentity",
    ]);
    expect(calls[0]?.body).toEqual({ IdentityPoolId: identityPoolId });
  });

  test("the credentials are used until they expire if renewing them fails", async () => {
    const { endpoint } = await startCognito(
      (_, index) => (index < 2 ? undefined : { status: 500, error: "InternalErrorException" }),
      60,
    );
    const provider = cognitoIdentity({ identityPoolId, logins, endpoint });
    await provider();
    expect(await provider()).toMatchObject({ accessKeyId: "AKID1" });
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 61_000);
    onTestFinished(() => void vi.restoreAllMocks());
    await expect(provider()).rejects.toThrow(/InternalErrorException/);
  });
});

describe("errors", () => {
  test.each([
    ["NotAuthorizedException", 400, /let the user sign in again/],
    ["ResourceNotFoundException", 400, /check identityPoolId and region/],
    ["InvalidIdentityPoolConfigurationException", 400, /give the pool a role/],
    ["TooManyRequestsException", 400, /try again later/],
    ["SomethingNew", 503, /check the pool and the network/],
  ])("the error for %s says what to do", async (error, status, help) => {
    const { endpoint } = await startCognito(() => ({ status, error, message: "Because" }));
    const failure: unknown = await cognitoIdentity({ identityPoolId, logins, endpoint })().catch(
      (caught: unknown) => caught,
    );
    expect(failure).toBeInstanceOf(AuthorizationError);
    expect(failure).toMatchObject({ code: error, status, message: expect.stringMatching(help) as string });
    expect((failure as Error).message).toContain(`(GetId): status ${status}, ${error}, Because;`);
    expect((failure as Error).message).not.toContain("token-1");
  });

  test("an error is not kept: the next caller requests credentials again", async () => {
    const { endpoint } = await startCognito((_, index) =>
      index === 0 ? { status: 400, error: "TooManyRequestsException" } : undefined,
    );
    const provider = cognitoIdentity({ identityPoolId, logins, endpoint });
    await expect(provider()).rejects.toThrow(AuthorizationError);
    expect(await provider()).toMatchObject({ accessKeyId: "AKID1" });
  });

  test("an error that the logins function throws is passed on to the caller", async () => {
    const { endpoint, calls } = await startCognito();
    const logins = () => Promise.reject(new Error("signed out"));
    await expect(cognitoIdentity({ identityPoolId, logins, endpoint })()).rejects.toThrow("signed out");
    expect(calls).toEqual([]);
  });

  test("an error from the network names the host", async () => {
    const server = await serve(() => undefined);
    await server.close();
    await expect(cognitoIdentity({ identityPoolId, logins, endpoint: server.url })()).rejects.toThrow(
      /^Cannot get credentials from Cognito \(GetId\): 127\.0\.0\.1:\d+ did not answer \(.+\); check the network$/,
    );
  });

  test("an error reaches the caller of the signer unchanged, with its code and message", async () => {
    const { endpoint } = await startCognito(() => ({ status: 400, error: "NotAuthorizedException" }));
    const credentials = cognitoIdentity({ identityPoolId, logins, endpoint });
    const signing = signRequest({ url: "https://abc.lambda-url.eu-west-1.on.aws/" }, { credentials });
    await expect(signing).rejects.toMatchObject({
      name: "AuthorizationError",
      code: "NotAuthorizedException",
      message: expect.stringMatching(/^Cannot get credentials from Cognito/) as string,
    });
  });

  test.each(["", "eu-west-1", "eu-west-1:abc", "00000000-1111-2222-3333-444444444444", undefined])(
    "an error about the pool id %j is thrown immediately",
    (id) => {
      expect(() => cognitoIdentity({ identityPoolId: id as string })).toThrow(ConfigurationError);
    },
  );
});

const hasMoto = spawnSync("python3", ["-c", "import moto.server"]).status === 0;

describe.skipIf(!hasMoto)("against moto", () => {
  test("an identity pool in moto gives temporary credentials", async () => {
    const moto = spawn("python3", ["-m", "moto.server", "-p", "0"], { stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(async () => {
      moto.kill();
      await once(moto, "exit");
    });
    const endpoint = await waitFor(
      "moto's start",
      new Promise<string>((resolve) => {
        let output = "";
        moto.stderr.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
          if (url !== undefined) resolve(url);
        });
      }),
    );
    const created = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSCognitoIdentityService.CreateIdentityPool",
        // moto recognizes the service by the credential scope, and does not verify the signature.
        authorization:
          "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/cognito-identity/aws4_request, SignedHeaders=host, Signature=0",
      },
      body: JSON.stringify({ IdentityPoolName: "pool", AllowUnauthenticatedIdentities: false }),
    });
    const { IdentityPoolId } = (await created.json()) as { IdentityPoolId: string };
    const credentials = await cognitoIdentity({ identityPoolId: IdentityPoolId, logins, endpoint })();
    expect(credentials.accessKeyId).toMatch(/^\w{16,}$/);
    expect(credentials.sessionToken).not.toBe("");
  });
});
