// Requests that curl signs itself, as in the README's examples.
import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { prelude, startUrl, type TestUrl } from "../support/servers/local-function-url.ts";

const hasCurl = /AsynchDNS/.test(spawnSync("curl", ["--version"], { encoding: "utf8" }).stdout ?? "");
const credentials = () => ({ secretAccessKey: "local" });

describe.skipIf(!hasCurl)("curl --aws-sigv4", () => {
  test("curl prints each line as it arrives", async () => {
    const url = await startUrl({ credentials });
    const curl = startCurl(url, ["--no-buffer", "-d", '{"prompt":"hi"}']);
    const body = await url.invoked();
    body.write(prelude({ statusCode: 200 }));
    for (const line of ["first\n", "second\n"]) {
      const printed = once(curl.stdout, "data");
      body.write(line);
      expect(String((await waitFor("a line from curl", printed))[0])).toBe(line);
    }
    body.end();
    expect(await waitFor("the end of curl", once(curl, "exit"))).toEqual([0, null]);
    expect(url.invocations[0]?.event).toMatchObject({
      isBase64Encoded: true,
      body: Buffer.from('{"prompt":"hi"}').toString("base64"),
    });
  });

  const accepted: Record<string, string[]> = {
    "a custom content type": ["-H", "content-type: application/json", "-d", "{}"],
    "a custom header": ["-H", "x-note: a", "-H", "accept: application/x-ndjson", "-d", "{}"],
    "non-ASCII text": ["-d", '{"prompt":"Zażółć 🦔"}'],
    "the method GET": [],
    "a sorted query": ["-G", "-d", "a=1&b=2"],
    "a 2 MB body, announced with expect: 100-continue": ["-H", "expect: 100-continue", "--data-binary", "@-"],
  };

  test.each(Object.entries(accepted))(
    "a request that curl signs is accepted with %s",
    async (_, parameters) => {
      const url = await startUrl({ credentials, answer: (body) => body.end(prelude({})) });
      const curl = startCurl(url, ["-w", "%{http_code}", ...parameters]);
      curl.stdin.on("error", () => {});
      curl.stdin.end(Buffer.alloc(2_000_000, "x"));
      expect(await outputOf(curl)).toBe("200");
    },
  );

  const rejected: Record<string, [string[], string]> = {
    "another secret": [["--user", "local:wrong", "-d", "{}"], "InvalidSignatureException"],
    "another Region": [["--aws-sigv4", "aws:amz:eu-west-1:lambda", "-d", "{}"], "InvalidSignatureException"],
    "another service": [["--aws-sigv4", "aws:amz:us-east-1:s3", "-d", "{}"], "InvalidSignatureException"],
    "a token for a permanent key": [
      ["-H", "x-amz-security-token: t", "-d", "{}"],
      "UnrecognizedClientException",
    ],
  };

  test.each(Object.entries(rejected))(
    "a request that curl signs is rejected with %s",
    async (_, [parameters, type]) => {
      const url = await startUrl({ credentials });
      const curl = startCurl(url, ["-D", "-", "-o", "/dev/null", ...parameters]);
      expect(await outputOf(curl)).toMatch(new RegExp(`^HTTP/1.1 403 [^]*x-amzn-ErrorType: ${type}`));
      expect(url.invocations).toHaveLength(0);
    },
  );

  test.each([
    ["amazon.nova-lite-v1%3A0", "from version 8.9 on", [8, 9]],
    ["nova-lite", "in every version", [0, 0]],
  ])("curl signs a path with the model %s correctly %s", async (model, _, since) => {
    const url = await startUrl({ credentials, answer: (body) => body.end(prelude({})) });
    const curl = startCurl({ url: `${url.url}model/${model}/converse` }, ["-w", "%{http_code}", "-d", "{}"]);
    expect((await outputOf(curl)).slice(-3)).toBe(isFrom(since) ? "200" : "403");
  });

  test("curl reports an error when the function fails in the middle of its answer", async () => {
    const url = await startUrl({ credentials });
    const curl = startCurl(url, ["--no-buffer", "-d", "{}"]);
    const body = await url.invoked();
    const printed = once(curl.stdout, "data");
    body.write(Buffer.concat([prelude({}), Buffer.from("half")]));
    await waitFor("the first half", printed);
    body.destroy(new Error("exit 1"));
    const [code] = await waitFor("the end of curl", once(curl, "exit"));
    expect(code).toBe(18);
  });
});

type Curl = ChildProcessByStdio<import("node:stream").Writable, Readable, null>;

/** Whether curl has at least this version. */
function isFrom([major = 0, minor = 0]: number[]): boolean {
  const { stdout } = spawnSync("curl", ["--version"], { encoding: "utf8" });
  const [, foundMajor, foundMinor] = /^curl (\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(foundMajor) * 1000 + Number(foundMinor) >= major * 1000 + minor;
}

function startCurl(url: Pick<TestUrl, "url">, parameters: string[]): Curl {
  const common = [
    "-s",
    "--max-time",
    "10",
    "--user",
    "local:local",
    "--aws-sigv4",
    "aws:amz:us-east-1:lambda",
  ];
  const curl = spawn("curl", [...common, ...parameters, url.url], { stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void curl.kill());
  return curl;
}

async function outputOf(curl: Curl): Promise<string> {
  let output = "";
  curl.stdout.on("data", (chunk) => (output += chunk));
  await waitFor("the end of curl", once(curl, "close"));
  return output;
}
