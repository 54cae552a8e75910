// Tests the client over AppSync against a function that publishes what each test defines: messages that come twice, out of
// order or not at all, and connections that end.
import { describe, expect, onTestFinished, test } from "vitest";
import { createAppSyncClient, type AppSyncClientOptions } from "../../../lib/client/appsync/index.ts";
import type { AppSyncLimits } from "../../../lib/local/appsync/index.ts";
import { scaled } from "../../support/deadline.ts";
import { post } from "../../support/callers/appsync-caller.ts";
import { ida, key, role, startApi, type TestAppSync } from "../../support/servers/local-appsync.ts";

type Job = { conversationId: string; owner: string; requestId: string; body: string };
/** Publishes one message of a job's answer. The message has these members, and the ones that identify the job. */
type Publish = (members: object) => Promise<unknown>;

const start = { type: "start", version: 1, requestId: "r", modelId: "m" };
const end = { type: "end", stopReason: "end_turn", timing: { totalMs: 1 } };
const text = (value: string) => ({ type: "contentBlockDelta", contentBlockIndex: 0, delta: { text: value } });
const error = (name: string, retryable: boolean) => ({
  type: "error",
  error: { name, message: "It failed", retryable, requestId: "r" },
});

/** Starts an API and a client of the API. `answer` publishes the messages for each job. */
async function startScripted(
  answer: (publish: Publish, job: Job, count: number) => Promise<unknown>,
  options: Partial<AppSyncClientOptions> = {},
  limits: Partial<AppSyncLimits> = {},
) {
  let count = 0;
  const api: TestAppSync = await startApi({
    limits,
    invokeLater(event) {
      const { job } = event as { job: Job };
      const publish: Publish = (members) => {
        const message = JSON.stringify({ requestId: job.requestId, run: "a", ...members });
        const { conversationId, owner } = job;
        return post(api, role, {
          query:
            "mutation P($input: PublishInput!) { publish(input: $input) { conversationId owner message } }",
          variables: { input: { conversationId, owner, message } },
        });
      };
      // A test can end and close the API before the response to the last message arrives. That error does not matter, and a
      // message that is lost makes the test fail anyway.
      answer(publish, job, ++count).catch(() => undefined);
    },
  });
  const client = createAppSyncClient({ url: api.url, ...key, retry: 0, ...options });
  onTestFinished(() => client.close());
  const ask = () => client.converse({ prompt: "x" }).result();
  return { api, client, ask };
}

describe("messages", () => {
  test("an answer is given once, even if its messages come twice, out of order, in pieces or from a second run", async () => {
    const big = JSON.stringify(text("b".repeat(50)));
    const { ask } = await startScripted(async (publish) => {
      await publish({ seq: 0, lines: [start] });
      await publish({ seq: 0, lines: [start] });
      await publish({ run: "b", seq: 1, lines: [text("other"), end] });
      await publish({ seq: 2, piece: big.slice(0, 40), more: true });
      await publish({ seq: 1, lines: [text("a")] });
      await publish({ seq: 3, piece: big.slice(40) });
      await publish({ seq: 2, piece: big.slice(0, 40), more: true });
      await publish({ seq: 4, lines: [text("c"), end] });
    });
    expect((await ask()).text).toBe(`a${"b".repeat(50)}c`);
  });

  test("an answer fails if one of its messages is missing", async () => {
    const { ask } = await startScripted(async (publish) => {
      await publish({ seq: 0, lines: [start, text("a")] });
      await publish({ seq: 2, lines: [end] });
    });
    await expect(ask()).rejects.toMatchObject({
      name: "StreamCutError",
      message: expect.stringContaining("missing"),
      partial: { content: [{ text: "a" }] },
    });
  });

  test("an answer fails after idleTimeout if its messages stop, and after firstByteTimeout if none arrives", async () => {
    const stopping = await startScripted((publish) => publish({ seq: 0, lines: [start, text("a")] }), {
      idleTimeout: 100,
    });
    await expect(stopping.ask()).rejects.toMatchObject({ message: expect.stringContaining("idleTimeout") });
    const silent = await startScripted(async () => undefined, { firstByteTimeout: 300 });
    await expect(silent.ask()).rejects.toMatchObject({
      name: "StreamCutError",
      message: expect.stringContaining("firstByteTimeout"),
    });
  });
});

describe("an error in the only message", () => {
  test("a retryable error in the only message causes a retry, which starts another conversation on the same connection", async () => {
    const { api, client } = await startScripted(
      (publish, _, count) =>
        count === 1
          ? publish({ seq: 0, status: 429, retryAfter: 0, lines: [error("Throttled", true)] })
          : publish({ seq: 0, lines: [start, text("done"), end] }),
      { retry: { limit: 1, baseDelay: 1 } },
    );
    expect((await client.converse({ prompt: "x" }).result()).text).toBe("done");
    expect(api.reports.filter(({ event }) => event === "opened")).toHaveLength(1);
    const ids = api.reports.flatMap((report) => (report.event === "request" ? report.fields : []));
    expect(ids.filter((field) => field === "Mutation.startConversation")).toHaveLength(2);
  });

  test("an error that is not retryable causes no retry", async () => {
    const { ask } = await startScripted(
      (publish) => publish({ seq: 0, status: 400, lines: [error("InvalidRequest", false)] }),
      { retry: 2 },
    );
    await expect(ask()).rejects.toMatchObject({ name: "RequestError", code: "InvalidRequest" });
  });
});

describe("a connection", () => {
  test("the end of a connection makes its answers fail, and the next question opens a new connection", async () => {
    const { api, ask } = await startScripted(
      async (publish, _, count) => {
        await publish({ seq: 0, lines: [start, text("a")] });
        if (count === 2) await publish({ seq: 1, lines: [end] });
      },
      {},
      { lifeMs: scaled(1000) },
    );
    await expect(ask()).rejects.toMatchObject({
      name: "StreamCutError",
      message: expect.stringContaining("closed (1001)"),
      partial: { content: [{ text: "a" }] },
    });
    expect((await ask()).text).toBe("a");
    expect(api.reports.filter(({ event }) => event === "opened")).toHaveLength(2);
  });

  test("a connection on which an answer falls silent is replaced for the next question", async () => {
    const { api, client } = await startScripted(async (publish, _, count) => {
      await publish({ seq: 0, lines: [start, text("a")] });
      if (count === 2) await publish({ seq: 1, lines: [end] });
    });
    const silent = client.converse({ prompt: "x" }, { idleTimeout: 50 }).result();
    await expect(silent).rejects.toThrow(/silent for longer than idleTimeout/);
    expect((await client.converse({ prompt: "x" }).result()).text).toBe("a");
    expect(api.reports.filter(({ event }) => event === "opened")).toHaveLength(2);
  });

  test("a connection is closed when the client is closed, and its answers fail", async () => {
    const { client, ask, api } = await startScripted((publish) =>
      publish({ seq: 0, lines: [start, text("a")] }),
    );
    const failed = expect(ask()).rejects.toMatchObject({
      name: "StreamCutError",
      message: expect.stringContaining("this client has closed the connection"),
    });
    await expect.poll(() => api.events.length + api.reports.length).toBeGreaterThan(2);
    client.close();
    await failed;
    await expect(ask()).rejects.toMatchObject({ name: "ConfigurationError", message: /closed/ });
  });

  test("a connection ends the subscription of an aborted answer, and serves the next answer", async () => {
    const { client, api } = await startScripted(async (publish, _, count) => {
      await publish({ seq: 0, lines: [start, text("a")] });
      if (count === 2) await publish({ seq: 1, lines: [end] });
    });
    for await (const _ of client.converse({ prompt: "x" }).textStream()) break;
    expect((await client.converse({ prompt: "x" }).result()).text).toBe("a");
    expect(api.reports.filter(({ event }) => event === "opened")).toHaveLength(1);
  });

  test("a connection ends a subscription as soon as its answer is complete", async () => {
    const answer = (publish: Publish) => publish({ seq: 0, lines: [start, text("a"), end] });
    const { api, ask } = await startScripted(answer, {}, { subscriptions: 1 });
    for (let count = 0; count < 3; count++) expect((await ask()).text).toBe("a");
    const requests = api.reports.flatMap((report) => (report.event === "request" ? report.fields : []));
    const each = ["Subscription.onMessage", "Mutation.startConversation"];
    expect(requests).toEqual([...each, ...each, ...each]);
  });

  test("a connection that allows no further subscription makes the question fail before anything is started", async () => {
    let jobs = 0;
    const { ask } = await startScripted(async () => jobs++, {}, { subscriptions: 0 });
    await expect(ask()).rejects.toMatchObject({
      name: "RetryLaterError",
      code: "MaxSubscriptionsReachedError",
    });
    // If the first question had called the mutation, its job would have begun by the time this second question is refused.
    await expect(ask()).rejects.toMatchObject({ name: "RetryLaterError" });
    expect(jobs).toBe(0);
  });

  test("a connection that has become silent is abandoned, and its answers fail", async () => {
    const { ask } = await startScripted(
      (publish) => publish({ seq: 0, lines: [start, text("a")] }),
      {},
      { silenceMs: 100 },
    );
    await expect(ask()).rejects.toMatchObject({
      name: "StreamCutError",
      message: expect.stringContaining("AppSync was silent"),
    });
  });

  test("the client calls the credentials provider once for each signature: of a connection, a subscription or a mutation", async () => {
    const used: string[] = [];
    const { ask } = await startScripted((publish) => publish({ seq: 0, lines: [start, text("a"), end] }), {
      apiKey: undefined,
      region: "us-east-1",
      credentials: async () => {
        used.push("resolved");
        return ida;
      },
    });
    await ask();
    // The client signs the connection, the subscription and the mutation.
    expect(used).toHaveLength(3);
    await ask();
    // The second question uses the same connection.
    expect(used).toHaveLength(5);
  });
});
