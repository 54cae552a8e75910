// Tests the Runtime API: which requests it accepts, and what it sends to the runtime client.
import { describe, expect, onTestFinished, test } from "vitest";
import { startRuntimeApi, type RuntimeApi } from "../../../lib/local/lambda/runtime-api.ts";
import { sendUnsigned as send } from "../../support/callers/unsigned-request.ts";

const page = { origin: "https://evil.example" };
const image = { "sec-fetch-site": "cross-site" };
const next = "/2018-06-01/runtime/invocation/next";

describe("the Runtime API of an execution environment", () => {
  let asked = 0;
  let responses = 0;
  let errors = 0;
  async function start(): Promise<RuntimeApi & { url: string; own: Record<string, string> }> {
    asked = 0;
    responses = 0;
    errors = 0;
    const api = await startRuntimeApi({
      onNext: () => void asked++,
      onResponse: (response) => void (responses++, response.resume()),
      onError: (error) => void (errors++, error.resume()),
    });
    onTestFinished(() => api.close());
    return { ...api, url: `http://${api.address}`, own: { "local-runtime-api-key": api.key } };
  }
  const invocation = { requestId: "own", traceId: "Root=1-1-1", event: {} as never };
  const deadline = { atMs: Date.now() + 60_000, functionArn: "arn" };

  test.each<[who: string, headers: Record<string, string>]>([
    ["without its key", {}],
    ["with a wrong key", { "local-runtime-api-key": "guessed" }],
  ])("the Runtime API rejects requests %s", async (_, headers) => {
    const { url } = await start();
    for (const [method, path] of [
      ["GET", next],
      ["POST", "/2018-06-01/runtime/invocation/own/response"],
      ["POST", "/2018-06-01/runtime/init/error"],
    ] as const) {
      expect(await send(url + path, { method, headers }, "forged")).toMatchObject({ status: 403 });
    }
    expect([asked, responses]).toEqual([0, 0]);
  });

  test.each([
    ["a wrong key", "/guessed"],
    ["no key", "/"],
    ["a letter after the key", "/KEYx"],
    ["another segment before the key", "/x/KEY"],
  ])("the Runtime API rejects requests that have %s in the path", async (_, prefix) => {
    const { url, key } = await start();
    expect(await send(url + prefix.replace("KEY", key) + next, { headers: {} })).toMatchObject({
      status: 403,
    });
    expect(asked).toBe(0);
  });

  test("the Runtime API accepts requests whose path begins with the key", async () => {
    const { url, key, send: hand } = await start();
    const first = send(`${url}/${key}${next}`, { headers: {} });
    await expect.poll(() => asked, { timeout: 60_000 }).toBe(1);
    hand(invocation, deadline);
    expect(await first).toMatchObject({ status: 200 });
    const path = `/${key}/2018-06-01/runtime/invocation/own/response`;
    expect(await send(url + path, { method: "POST", headers: {} }, "x")).toMatchObject({ status: 202 });
    expect(responses).toBe(1);
  });

  test.each([page, image, { host: "evil.example" }])(
    "the Runtime API rejects requests of web pages and for foreign hosts, even with the key: %j",
    async (headers) => {
      const { url, own } = await start();
      expect((await send(url + next, { headers: { ...own, ...headers } })).status).toBe(403);
      expect(asked).toBe(0);
    },
  );

  test("the Runtime API sends an invocation to the waiting request, and rejects a second request", async () => {
    const { url, own, send: hand } = await start();
    const first = send(url + next, { headers: own });
    await expect.poll(() => asked, { timeout: 60_000 }).toBe(1);
    expect(await send(url + next, { headers: own })).toMatchObject({ status: 403 });
    expect(hand(invocation, deadline)).toBe(true);
    expect(await first).toMatchObject({ status: 200, body: "{}" });
    expect(asked).toBe(1);
  });

  test.each(["response", "error"])(
    "the Runtime API accepts only one %s, and only for the current invocation",
    async (kind) => {
      const { url, own, send: hand } = await start();
      const respond = (id: string) =>
        send(`${url}/2018-06-01/runtime/invocation/${id}/${kind}`, { method: "POST", headers: own }, "x");
      expect((await respond("own")).status).toBe(400);
      const waiting = send(url + next, { headers: own });
      await expect.poll(() => asked, { timeout: 60_000 }).toBe(1);
      hand(invocation, deadline);
      await waiting;
      expect((await respond("another")).status).toBe(400);
      expect((await respond("own")).status).toBe(202);
      expect((await respond("own")).status).toBe(400);
      expect([responses, errors]).toEqual(kind === "error" ? [0, 1] : [1, 0]);
    },
  );

  test("the Runtime API does not send an invocation if no request is waiting", async () => {
    const { send: hand } = await start();
    expect(hand(invocation, deadline)).toBe(false);
  });
});
