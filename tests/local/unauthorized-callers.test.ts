// Tests that the local stack rejects web pages, foreign host names, and unauthorized requests to the Runtime API.
import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { pathOf, userSays } from "../support/callers/bedrock-client.ts";
import { sendUnsigned as send } from "../support/callers/unsigned-request.ts";
import { waitFor } from "../support/deadline.ts";
import { startTestStack, textOfLines, type TestStack } from "../support/servers/local-stack.ts";

const page = { origin: "https://evil.example" };
const image = { "sec-fetch-site": "cross-site" };
const foreignHosts = [
  "evil.example",
  "evil.example:9000",
  "127.0.0.1.evil.example",
  "10.0.0.1",
  "0.0.0.0",
  "x y",
];
const ownHosts = ["127.0.0.1", "localhost:1", "LOCALHOST:9000", "[::1]:9000", "127.0.0.2"];

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ concurrency: 1 });
});
afterAll(() => stack.close());

describe("the Function URL", () => {
  test.each(foreignHosts)("the Function URL rejects the host %s", async (host) => {
    const { status, body } = await send(stack.url, { method: "POST", headers: { host } }, "{}");
    expect(status).toBe(403);
    expect(JSON.parse(body)).toEqual({ message: expect.stringMatching(/^Cannot serve the host/) });
  });

  test.each(ownHosts)("the Function URL checks the signature of a request to the host %s", async (host) => {
    const { body } = await send(stack.url, { method: "POST", headers: { host } }, "{}");
    expect(body).toMatch(/^\{"Message":"Forbidden/);
  });

  test("the Function URL accepts a request from a web page, as on AWS", async () => {
    const headers = { ...page, ...image };
    expect((await stack.ask({ prompt: "Hi", modelId: "local.echo" }, { headers })).status).toBe(200);
  });
});

describe("the local Bedrock", () => {
  const hello = JSON.stringify(userSays("hello"));
  const ask = (headers: Record<string, string>) =>
    send(
      stack.bedrock!.url + pathOf("local.echo"),
      { method: "POST", headers: { authorization: "Bearer x", ...headers } },
      hello,
    );

  test.each(foreignHosts)("the local Bedrock rejects the host %s", async (host) => {
    const { status, body } = await ask({ host });
    expect(status).toBe(403);
    expect(body).toMatch(/Cannot serve the host/);
  });

  test.each(ownHosts)("the local Bedrock serves the host %s", async (host) => {
    expect((await ask({ host })).status).toBe(200);
  });

  test.each([page, image, { origin: "null" }, { "sec-fetch-site": "none" }])(
    "the local Bedrock rejects a request from a browser: %j",
    async (headers) => {
      const { status, body } = await ask(headers);
      expect(status).toBe(403);
      expect(body).toMatch(/Cannot serve requests of web pages/);
    },
  );

  test.each([
    [{ ":authority": "evil.example" }, 403],
    [{ host: "evil.example" }, 403],
    [page, 403],
    [{}, 200],
  ])("an HTTP/2 request to the local Bedrock with the headers %j gets %i", async (headers, status) => {
    const session = connectHttp2(stack.bedrock!.url);
    onTestFinished(() => session.close());
    const call = session.request({
      ":method": "POST",
      ":path": pathOf("local.echo"),
      authorization: "Bearer x",
      ...headers,
    });
    const answered = new Promise<unknown>((resolve, reject) => {
      call.on("response", (head) => resolve(head[":status"])).on("error", reject);
    });
    call.end(hello).resume();
    expect(await waitFor("the answer", answered)).toBe(status);
  });
});

const next = "/2018-06-01/runtime/invocation/next";

/** Returns the address of a process's Runtime API, which any program of the same user can find out. */
function runtimeApiOf(pid: number): string {
  const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return variables.find((pair) => pair.startsWith("AWS_LAMBDA_RUNTIME_API="))!.split("=")[1]!;
}

describe.skipIf(process.platform !== "linux")(
  "an execution environment whose Runtime API gets unauthorized requests",
  () => {
    async function sendUnauthorized(): Promise<void> {
      const [pid = 0] = stack.lambda.environments().pids;
      const api = runtimeApiOf(pid);
      // This client connects and never sends anything, which must not block other clients.
      const silent = connect({ host: "127.0.0.1", port: Number(api.split(":")[1]) });
      onTestFinished(() => void silent.destroy());
      silent.on("error", () => undefined);
      const headers = { host: "evil.example", ...page };
      expect((await send(`http://${api}${next}`, { headers })).status).toBe(403);
      expect((await send(`http://${api}${next}`)).status).toBe(403);
    }

    test("unauthorized requests to an environment's Runtime API change neither its invocation nor its response", async () => {
      await stack.ask({ prompt: "x", modelId: "local.echo" });
      await sendUnauthorized();
      const response = await stack.send({ prompt: "a lighthouse" });
      await sendUnauthorized();
      const id = response.headers.get("x-amzn-requestid") ?? "";
      const api = runtimeApiOf(stack.lambda.environments().pids[0]!);
      const path = `/2018-06-01/runtime/invocation/${id}/response`;
      const forged = await send(`http://${api}${path}`, { method: "POST" }, "forged");
      expect(forged.status).toBe(403);
      const body = await waitFor("the answer", response.text());
      expect(body).not.toContain("forged");
      expect(body.trimEnd().split("\n").at(-1)).toContain(`"type":"end"`);
      const { lines } = await stack.ask({ prompt: "still here", modelId: "local.echo" });
      expect(textOfLines(lines)).toBe("still here");
      expect(stack.lambda.environments().started).toBe(1);
    });
  },
);
