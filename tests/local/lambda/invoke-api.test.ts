// Tests Lambda's Invoke operation for asynchronous invocations, and the queue behind it.
import { PassThrough, Readable } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { TooManyRequests, type Invocation } from "../../../lib/local/invocation.ts";
import { createEventQueue, startInvokeApi } from "../../../lib/local/lambda/index.ts";
import { createSignedFetch } from "../../../lib/signer/index.ts";
import { scaled, waitFor } from "../../support/deadline.ts";
import { sendUnsigned } from "../../support/callers/unsigned-request.ts";

const role = { accessKeyId: "ASIAROLE", secretAccessKey: "role-secret", sessionToken: "role-token" };

type Run = (invocation: Invocation<unknown>) => Promise<void> | void;

async function start(run: Run = () => undefined, maximumAgeMs = scaled(60_000)) {
  const invocations: Invocation<unknown>[] = [];
  const log: string[] = [];
  const arrivals = new PassThrough({ objectMode: true });
  const queue = createEventQueue({
    async invoke(invocation) {
      await run(invocation);
      invocations.push(invocation);
      arrivals.write(invocation);
      return { contentType: "application/json", body: Readable.from([Buffer.from("null")]) };
    },
    maximumAgeMs,
    onLog: (line) => log.push(line),
  });
  const api = await startInvokeApi({
    region: "us-east-1",
    credentials: (id) => (id === role.accessKeyId ? role : undefined),
    queues: { "deltapipe-local-webSocket": queue },
  });
  onTestFinished(async () => {
    queue.close();
    await api.close();
  });
  const url = `${api.url}/2015-03-31/functions/deltapipe-local-webSocket/invocations`;
  async function invoke(
    body: string,
    { credentials = role, service = "lambda", target = url, type = "Event" } = {},
  ) {
    const signedFetch = createSignedFetch({ credentials, region: "us-east-1", service });
    const headers = { "x-amz-invocation-type": type };
    return waitFor("the response", signedFetch(target, { method: "POST", body, headers }));
  }
  const next = async () => {
    for await (const invocation of arrivals) return invocation as Invocation<unknown>;
    throw new Error("There is no invocation");
  };
  return { url, invoke, invocations, log, next: () => waitFor("the invocation", next()) };
}

describe("an asynchronous invocation", () => {
  test("an asynchronous invocation is accepted with 202 at once, and the response has the invocation's request id", async () => {
    let finish = (): void => undefined;
    const { invoke, invocations, next } = await start(
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    const response = await invoke('{"job":{"text":"π"}}');
    expect([response.status, await response.text()]).toEqual([202, ""]);
    expect(invocations).toEqual([]);
    finish();
    expect(await next()).toMatchObject({
      requestId: response.headers.get("x-amzn-requestid"),
      event: { job: { text: "π" } },
    });
  });

  test("an asynchronous invocation waits while every environment is busy", async () => {
    let refusals = 3;
    const { invoke, next, log } = await start(() => {
      if (refusals-- > 0) throw new TooManyRequests("Every execution environment is busy");
    });
    await invoke("{}");
    expect(await next()).toMatchObject({ event: {} });
    expect(log).toEqual([]);
  });

  test.each([
    ["is given up when it is too old", new TooManyRequests("Every execution environment is busy"), /is busy/],
    ["is not repeated after a failure", new Error("The function failed with TypeError"), /TypeError/],
  ])("an asynchronous invocation %s, and the log says so", async (_, error, reason) => {
    let attempts = 0;
    const { invoke, log, invocations } = await start(() => {
      attempts++;
      throw error;
    }, 120);
    const { headers } = await invoke("{}");
    await expect.poll(() => log, { timeout: scaled(60_000) }).toHaveLength(1);
    expect(log[0]).toMatch(reason);
    expect(log[0]).toContain(headers.get("x-amzn-requestid"));
    expect(invocations).toEqual([]);
    expect(attempts).toBe(error instanceof TooManyRequests ? 2 : 1);
  });

  test.each([
    [
      "with a wrong secret",
      { credentials: { ...role, secretAccessKey: "guessed" } },
      403,
      /signature we calculated/,
    ],
    [
      "with an old session token",
      { credentials: { ...role, sessionToken: "old" } },
      403,
      /token .* is invalid/,
    ],
    ["signed for another service", { service: "execute-api" }, 403, /correct service: 'lambda'/],
    [
      "with the invocation type RequestResponse",
      { type: "RequestResponse" },
      400,
      /asynchronous invocations only/,
    ],
  ])("an asynchronous invocation %s is rejected", async (_, options, status, message) => {
    const { invoke, invocations } = await start();
    const response = await invoke("{}", options);
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(message)]);
    expect(invocations).toEqual([]);
  });

  test("a request for another function or operation, or with a body that is not JSON, is rejected", async () => {
    const { url, invoke, invocations } = await start();
    const other = await invoke("{}", { target: url.replace("webSocket", "other") });
    expect([other.status, await other.json()]).toEqual([
      404,
      { message: "Function not found: deltapipe-local-other", Type: "User" },
    ]);
    expect((await invoke("{}", { target: `${url}/more` })).status).toBe(404);
    const rubbish = await invoke("rubbish");
    expect([rubbish.status, rubbish.headers.get("x-amzn-errortype")]).toEqual([
      400,
      "InvalidRequestContentException",
    ]);
    expect(invocations).toEqual([]);
  });

  test("an asynchronous invocation is accepted with 1 MB, and rejected with one byte more", async () => {
    const { invoke, next } = await start();
    const fits = JSON.stringify("x".repeat(1024 * 1024 - 2));
    expect((await invoke(fits)).status).toBe(202);
    await next();
    const response = await invoke(`${fits} `);
    expect([response.status, ((await response.json()) as { message: string }).message]).toEqual([
      413,
      "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    ]);
  });

  test.each<[who: string, headers: Record<string, string>, message: RegExp]>([
    ["without a signature", {}, /Missing Authentication Token/],
    ["from a web page", { origin: "https://evil.example" }, /Cannot serve requests of web pages/],
    ["for another host", { host: "evil.example" }, /Cannot serve the host/],
  ])("a request %s is rejected", async (_, headers, message) => {
    const { url, invocations } = await start();
    const response = await sendUnsigned(url, { method: "POST", headers }, "{}");
    expect(response).toMatchObject({ status: 403, body: expect.stringMatching(message) });
    expect(invocations).toEqual([]);
  });
});
