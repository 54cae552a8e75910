// Tests our signature verifier with requests that AWS's signer in Python has signed. Skipped if botocore is not installed.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { verify } from "../support/requests/signing.ts";

/** Signs each case at the time `noon`, and prints the signed request. */
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

  test("is accepted for every kind of request", async () => {
    const run = spawnSync("python3", ["-c", signWithBotocore], {
      input: JSON.stringify(cases),
      encoding: "utf8",
    });
    const signed = run.stdout.trim().split("\n");
    expect(signed, run.stderr).toHaveLength(cases.length);
    for (const [index, line] of signed.entries()) {
      const { url, headers } = JSON.parse(line) as { url: string; headers: [string, string][] };
      const target = url.slice("http://127.0.0.1:9000".length);
      const body = Buffer.from((cases[index] as { body?: string }).body ?? "");
      const verdict = await verify({ method: cases[index]!.method, target, headers, body });
      expect(verdict, `${target} ${JSON.stringify(headers)}`).toMatchObject({ ok: true });
    }
  });
});
