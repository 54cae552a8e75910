// Compares presigned URLs with those of AWS's own signer, and tests which URLs and options are rejected.
import { describe, expect, test } from "vitest";
import { presignUrl } from "../../lib/signer/index.ts";
import { presignUrl as presignOnTheWeb } from "../../lib/signer/web.ts";
import { presign, verify } from "../support/requests/signing.ts";

const date = new Date(Date.UTC(2026, 2, 1, 12));
const permanent = { accessKeyId: "AKIDLOCAL", secretAccessKey: "local-secret" };
const temporary = {
  accessKeyId: "ASIATEMPORARY",
  secretAccessKey: "temporary-secret",
  sessionToken: "token/+=1",
};
const scope = { region: "us-east-1", service: "execute-api" };
const host = "127.0.0.1:9000";

/** The parameters of a URL's signature. Other parameters are left out, because `presign` joins the values of repeated names. */
function signatureOf(url: string): [string, string][] {
  return [...new URL(url).searchParams].filter(([name]) => name.startsWith("X-Amz-")).toSorted();
}

describe("a presigned URL", () => {
  test.each([
    ["from a permanent key", "/v1", permanent, 300],
    ["from a temporary key", "/v1", temporary, 60],
    ["with a query", "/v1?b=2&a=%2F&a=1&empty=&c=%21%27%28%29%2A", permanent, 604_800],
    ["with characters that are encoded twice", "/%40connections/L0SM9cOFvHcCIhw%3D", temporary, 1],
  ])(
    "a presigned URL %s has the signature that AWS's signer makes, and is accepted",
    async (_, target, credentials, expiresIn) => {
      const signing = { credentials, ...scope, expiresIn, date };
      const url = await presignUrl(`ws://${host}${target}`, signing);
      const options = { ...credentials, ...scope, expiresIn, date, applyChecksum: false };
      const expected = await presign({ target, headers: { host } }, options);
      expect(signatureOf(url)).toEqual(signatureOf(`ws://${host}${expected.target}`));
      const sent = {
        method: "GET",
        target: url.slice(`ws://${host}`.length),
        headers: [["host", host]],
        body: Buffer.alloc(0),
      };
      expect(await verify(sent as never, scope)).toMatchObject({ ok: true });
      expect(await presignOnTheWeb(`ws://${host}${target}`, signing)).toBe(url);
    },
  );

  test("presignUrl() takes the Region and the service from the URL's host, and keeps the URL's protocol", async () => {
    const url = await presignUrl("wss://abc123.execute-api.eu-west-1.amazonaws.com/v1", {
      credentials: permanent,
      date,
    });
    expect(url).toMatch(/^wss:\/\/abc123\.execute-api\.eu-west-1\.amazonaws\.com\/v1\?/);
    expect(new URL(url).searchParams.get("X-Amz-Credential")).toBe(
      "AKIDLOCAL/20260301/eu-west-1/execute-api/aws4_request",
    );
    const functionUrl = await presignUrl("https://abc.lambda-url.eu-west-1.on.aws/", {
      credentials: permanent,
      date,
    });
    expect(functionUrl).toMatch(/^https:.*%2Feu-west-1%2Flambda%2F/);
  });

  test.each([
    ["ws://example.com/v1", {}, /plain http URL must be this machine/],
    ["ftp://example.com/v1", {}, /begins with "ftp:"/],
    ["wss://user:secret@example.com/v1", {}, /user name or a password/],
    ["wss://ws.example.com/v1", { region: undefined }, /Cannot find the region/],
    ["wss://ws.example.com/v1", { service: undefined }, /Cannot find the service/],
    ["wss://ws.example.com/v1", { expiresIn: 0 }, /Cannot sign a URL for 0 seconds/],
    ["wss://ws.example.com/v1", { expiresIn: 604_801 }, /for 604801 seconds/],
    ["wss://ws.example.com/v1", { expiresIn: 1.5 }, /for 1.5 seconds/],
    ["wss://ws.example.com/v1", { date: new Date(NaN) }, /invalid date/],
    ["wss://ws.example.com/v1", { date: new Date(Date.UTC(10_000, 0)) }, /invalid date/],
    ["wss://ws.example.com//v1", {}, /empty segment/],
    ["wss://ws.example.com/v1?a=1+1", {}, /query contains a "\+"/],
  ])("presignUrl() rejects the URL %s with the options %j", async (url, options, message) => {
    const signed = presignUrl(url, { credentials: permanent, ...scope, ...options });
    await expect(signed).rejects.toThrow(message);
    await expect(signed).rejects.toMatchObject({ name: "ConfigurationError" });
  });

  test("a temporary key without its session token cannot presign a URL", async () => {
    const credentials = { accessKeyId: "ASIATEMPORARY", secretAccessKey: "temporary-secret" };
    await expect(presignUrl(`ws://${host}/v1`, { credentials, ...scope })).rejects.toThrow(
      /sessionToken is missing/,
    );
  });
});
