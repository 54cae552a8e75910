// Compares our verifier and our signer with AWS's signer in Python. Skipped if botocore is not installed.
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signRequest } from "../../lib/signer/index.ts";
import { verify } from "../support/requests/signing.ts";

/** Signs each case as if it were noon on 1 March 2026, and prints the signed request. */
const signWithBotocore = `
import sys, json, datetime
import botocore.auth, botocore.awsrequest, botocore.credentials
class Noon(datetime.datetime):
    @classmethod
    def utcnow(cls): return cls(2026, 3, 1, 12)
    @classmethod
    def now(cls, tz=None): return cls(2026, 3, 1, 12, tzinfo=tz)
datetime.datetime = Noon
if hasattr(botocore.auth, "get_current_datetime"): botocore.auth.get_current_datetime = Noon.utcnow
for case in json.load(sys.stdin):
    keys = botocore.credentials.Credentials(case["key"], case["secret"], case.get("token"))
    request = botocore.awsrequest.AWSRequest(case["method"], "http://127.0.0.1:9000" + case["target"],
        headers={"Host": "127.0.0.1:9000", **case.get("headers", {})}, data=case.get("body", "").encode())
    getattr(botocore.auth, case["auth"])(keys, "lambda", "us-east-1").add_auth(request)
    print(json.dumps({"url": request.url, "headers": list(request.headers.items())}))
`;

/** Signs requests that our signer has already signed, and prints botocore's signature of each. */
const signAgain = `
import sys, json
import botocore.auth, botocore.awsrequest, botocore.credentials
for case in json.load(sys.stdin):
    keys = botocore.credentials.Credentials("AKIDLOCAL", "local-secret")
    headers = {name: value for name, value in case["headers"].items() if name != "authorization"}
    request = botocore.awsrequest.AWSRequest("POST", case["url"], headers=headers, data=b"{}")
    request.context["timestamp"] = headers["x-amz-date"]
    auth = botocore.auth.SigV4Auth(keys, "lambda", "us-east-1")
    print(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))
`;

function runPython(script: string, cases: object[]): string[] {
  const run = spawnSync("python3", ["-c", script], { input: JSON.stringify(cases), encoding: "utf8" });
  const printed = run.stdout.trim().split("\n");
  expect(printed, run.stderr).toHaveLength(cases.length);
  return printed;
}

const hasBotocore = spawnSync("python3", ["-c", "import botocore.auth"]).status === 0;

describe.skipIf(!hasBotocore)("a signature by botocore", () => {
  const permanent = {
    key: "AKIDLOCAL",
    secret: "local-secret",
    auth: "SigV4Auth",
    method: "POST",
    target: "/",
  };
  const temporary = { ...permanent, key: "ASIATEMPORARY", secret: "temporary-secret", token: "token/+=1" };
  const cases = [
    {
      ...permanent,
      body: '{"prompt":"Zażółć 🦔"}',
      headers: { "content-type": "application/json", "x-note": "a   b" },
    },
    { ...permanent, target: "/a%20b//c?b=2&a=%2F&a=1", method: "GET" },
    { ...temporary, body: "{}" },
    { ...permanent, target: "/model/amazon.nova-lite-v1%3A0/converse-stream", body: "{}" },
    { ...permanent, target: "/model/amazon.nova-lite-v1%3a0/converse-stream", body: "{}" },
    { ...permanent, target: "/model/amazon.nova-lite-v1%253A0/converse-stream", body: "{}" },
    {
      ...temporary,
      target: "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Feu.x%3A0/converse",
      body: "{}",
    },
    {
      ...permanent,
      target: "/model/arn:aws:bedrock:eu-west-1:1:inference-profile/eu.x:0/converse",
      body: "{}",
    },
    { ...permanent, auth: "SigV4QueryAuth", method: "GET", target: "/?q=a%20b" },
    { ...temporary, auth: "SigV4QueryAuth", method: "GET" },
  ];

  test("our verifier accepts botocore's signature of every kind of request", async () => {
    for (const [index, line] of runPython(signWithBotocore, cases).entries()) {
      const { url, headers } = JSON.parse(line) as { url: string; headers: [string, string][] };
      const target = url.slice("http://127.0.0.1:9000".length);
      const body = Buffer.from((cases[index] as { body?: string }).body ?? "");
      const verdict = await verify({ method: cases[index]!.method, target, headers, body });
      expect(verdict, `${target} ${JSON.stringify(headers)}`).toMatchObject({ ok: true });
    }
  });

  test("botocore's signature equals our signer's for any model id in a path, however a client encodes it", async () => {
    const seed = 20_261_127;
    const id = fc.string({ unit: fc.constantFrom(..."aZ09:/.-_~%!'()*@ ü"), minLength: 1, maxLength: 20 });
    const ids = [
      ...fc.sample(id, { numRuns: 150, seed }),
      "amazon.nova-lite-v1:0",
      "arn:aws:bedrock:eu-west-1:1:x/y",
    ];
    const segments = ids.flatMap((text) => {
      const encoded = encodeURIComponent(text);
      return [
        encoded,
        encoded.replaceAll("%2F", "%2f").replaceAll("%3A", "%3a"),
        encodeURIComponent(encoded),
      ];
    });
    segments.push("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.x:0");
    const signed = await Promise.all(
      segments.map(async (segment) => {
        const url = `http://127.0.0.1:9000/model/${segment}/converse-stream`;
        const credentials = { accessKeyId: permanent.key, secretAccessKey: permanent.secret };
        const scope = { credentials, region: "us-east-1", service: "lambda" };
        const headers = await signRequest({ method: "POST", url, body: "{}" }, scope);
        return { url, headers: { host: "127.0.0.1:9000", ...headers } as Record<string, string> };
      }),
    );
    for (const [index, signature] of runPython(signAgain, signed).entries()) {
      const { url, headers } = signed[index]!;
      expect(headers["authorization"], `${url}, seed ${seed}`).toMatch(new RegExp(`Signature=${signature}$`));
    }
  });
});
