// Tests the local Bedrock's responses to valid, malformed and unauthorized requests.
import { afterEach, describe, expect, test } from "vitest";
import { verifyFor } from "../../../lib/local/bedrock/check-signature.ts";
import { startBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import type { BedrockOptions, LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { pathOf, postRequest, readAll, splitFrames, userSays } from "../../support/callers/bedrock-client.ts";
import { converseWith, createServiceClient } from "../../support/callers/service-sdk-client.ts";
import { codec } from "../../support/frames/aws-frames.ts";
import { waitFor } from "../../support/deadline.ts";

const hello = userSays("hello");
const signedBy = (keyId: string) =>
  `AWS4-HMAC-SHA256 Credential=${keyId}/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0`;

let bedrock: LocalBedrock;
afterEach(() => waitFor("closing", bedrock.close()));

async function start(options: BedrockOptions = {}): Promise<string> {
  bedrock = await startBedrock({ deltasPerSecond: Infinity, ...options });
  return bedrock.url;
}

test("a response has Bedrock's headers, and frames that AWS's codec decodes", async () => {
  const response = await postRequest(
    (await start()) + pathOf("local.story"),
    userSays("a story about a fox"),
  );
  expect(response.statusCode).toBe(200);
  expect(response.headers["content-type"]).toBe("application/vnd.amazon.eventstream");
  expect(response.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
  const messages = splitFrames(await readAll(response)).map((frame) => codec.decode(frame));
  const names = messages.map(({ headers }) => headers[":event-type"]?.value);
  expect(names[0]).toBe("messageStart");
  expect(names.slice(-3)).toEqual(["contentBlockStop", "messageStop", "metadata"]);
  for (const { body } of messages) expect(JSON.parse(Buffer.from(body).toString())).toHaveProperty("p");
});

test("a model is found by an ARN whose slashes are encoded", async () => {
  const arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/local.story";
  const response = await postRequest((await start()) + pathOf(arn), hello);
  expect(response.statusCode).toBe(200);
});

test.each([
  ["an unknown path", "/model/local.story/invoke", hello, 404, "UnknownOperationException"],
  [
    "a path with an unencoded slash",
    "/model/local/story/converse-stream",
    hello,
    404,
    "UnknownOperationException",
  ],
  ["an unknown model", pathOf("local.nobody"), hello, 400, "ValidationException"],
  [
    "a model id that is the name of a method of every object",
    pathOf("toString"),
    hello,
    400,
    "ValidationException",
  ],
  ["a model id that cannot be decoded", "/model/%E0%A4/converse-stream", hello, 400, "ValidationException"],
  ["a body that is not JSON", pathOf("local.story"), "{", 400, "SerializationException"],
  ["a body that is an array", pathOf("local.story"), [], 400, "SerializationException"],
  ["no body", pathOf("local.story"), "", 400, "SerializationException"],
  ["no messages", pathOf("local.story"), {}, 400, "ValidationException"],
  ["empty messages", pathOf("local.story"), { messages: [] }, 400, "ValidationException"],
  ["a message that is null", pathOf("local.story"), { messages: [null] }, 400, "ValidationException"],
  [
    "a message without content",
    pathOf("local.story"),
    { messages: [{ role: "user" }] },
    400,
    "ValidationException",
  ],
])(
  "a request with %s is rejected with a status, the error's type in a header, and a message",
  async (_, path, body, status, name) => {
    const response = await postRequest((await start()) + path, body);
    expect(response.statusCode).toBe(status);
    expect(response.headers["x-amzn-errortype"]).toBe(
      `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
    );
    expect(JSON.parse(String(await readAll(response)))).toEqual({ message: expect.stringMatching(/./) });
  },
);

test("a request with a method other than POST is rejected with 404", async () => {
  const response = await postRequest((await start()) + pathOf("local.story"), hello, { method: "PUT" });
  expect(response.statusCode).toBe(404);
});

test.each([
  ["no authorization", undefined],
  ["basic authorization", "Basic bG9jYWw6bG9jYWw="],
  ["an empty bearer token", "Bearer "],
])("a request with %s is rejected with 403", async (_, authorization) => {
  const response = await postRequest((await start()) + pathOf("local.story"), hello, {
    headers: authorization === undefined ? {} : { authorization },
  });
  expect(response.statusCode).toBe(403);
  expect(response.headers["x-amzn-errortype"]).toMatch(/^MissingAuthenticationTokenException:/);
  expect(JSON.parse(String(await readAll(response)))).toEqual({ message: "Missing Authentication Token" });
});

test("a signature is verified only if its key is known, and a wrong signature is rejected with the verifier's message", async () => {
  const credentials = { accessKeyId: "LOCAL", secretAccessKey: "secret" };
  const verified: unknown[] = [];
  const url = await start({
    credentials,
    async verify({ method, path, headers, body }, key) {
      verified.push([method, path, headers["host"], String(body), key]);
      return "The signature does not match";
    },
  });
  const path = `${pathOf("local.story")}?x=1`;
  const response = await postRequest(url + path, hello, { headers: { authorization: signedBy("LOCAL") } });
  expect(response.statusCode).toBe(403);
  expect(response.headers["x-amzn-errortype"]).toMatch(/^InvalidSignatureException:/);
  expect(JSON.parse(String(await readAll(response)))).toEqual({ message: "The signature does not match" });
  expect(verified).toEqual([["POST", path, new URL(url).host, JSON.stringify(hello), credentials]]);
  for (const authorization of [signedBy("ANOTHER"), "Bearer LOCAL"]) {
    expect((await postRequest(url + path, hello, { headers: { authorization } })).statusCode).toBe(200);
  }
  expect(verified).toHaveLength(1);
});

describe("the option onlyKeys", () => {
  const onlyKeys = [{ accessKeyId: "local", secretAccessKey: "local" }];
  const clientWith = (secretAccessKey: string, accessKeyId = "local") =>
    createServiceClient(bedrock.url, {
      signingName: "bedrock",
      maxAttempts: 1,
      credentials: { accessKeyId, secretAccessKey },
    });

  test("onlyKeys accepts a known key with its secret", async () => {
    await start({ onlyKeys, verify: verifyFor("us-east-1") });
    const { error } = await converseWith(clientWith("local"), "local.echo");
    expect(error).toBeUndefined();
  });

  test.each([
    ["a known key with another secret", "another", "local", "InvalidSignatureException"],
    ["an unknown key", "local", "test", "UnrecognizedClientException"],
  ])("onlyKeys rejects %s", async (_, secret, key, name) => {
    await start({ onlyKeys, verify: verifyFor("us-east-1") });
    const { error } = await converseWith(clientWith(secret, key), "local.echo");
    expect(error).toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
  });

  test("onlyKeys rejects an API key", async () => {
    const url = await start({ onlyKeys });
    const response = await postRequest(url + pathOf("local.echo"), hello);
    expect(response.statusCode).toBe(403);
    expect(String(await readAll(response))).toContain("make sure your API Key is valid");
  });
});

test("a start on a port in use rejects with EADDRINUSE", async () => {
  await start();
  await expect(startBedrock({ port: bedrock.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test.each([0, -1, NaN])("a pace of %s deltas a second is rejected", async (deltasPerSecond) => {
  await start();
  await expect(startBedrock({ deltasPerSecond })).rejects.toThrow(/above 0/);
});
