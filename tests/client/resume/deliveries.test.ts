// Answers that are resumed and cancelled by the clients for WebSockets and for the GraphQL API.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createAppSyncClient } from "../../../lib/client/appsync/index.ts";
import { createWebSocketClient } from "../../../lib/client/websocket/index.ts";
import { generousSeconds, waitFor } from "../../support/deadline.ts";
import { unendedModels } from "../../support/matrix/unended-models.ts";
import { caller, startTestStack, type TestStack } from "../../support/servers/local-stack.ts";

let stack: TestStack;
beforeAll(async () => {
  const bedrock = { kind: "local", options: { deltasPerSecond: 100, models: unendedModels } } as const;
  stack = await startTestStack({ answerStore: {}, bedrock });
});
afterAll(() => stack.close());
afterEach(() => waitFor("the end of all calls to Bedrock", stack.bedrock!.idle()));

const options = {
  credentials: caller,
  region: "us-east-1",
  retry: { baseDelay: 10 },
  resumeTimeout: generousSeconds * 1000,
};
const clients = {
  "a WebSocket": () => createWebSocketClient({ ...options, url: stack.webSocketUrl }),
  "the GraphQL API": () => createAppSyncClient({ ...options, url: stack.appSyncUrl }),
};

async function linesOf(answer: { lines(): AsyncIterable<string> }, had: string[] = []): Promise<string[]> {
  for await (const line of answer.lines()) had.push(line);
  return had;
}

describe.each(Object.entries(clients))("over %s", (_, connect) => {
  test("a caller who leaves a resumable answer stops it on the service, and the next question is answered", async () => {
    await using client = connect();
    const before = stack.bedrock!.statistics.aborted;
    const answer = client.converse({ prompt: "x", modelId: "endless" }, { resume: true });
    for await (const _ of answer.textStream()) break;
    await waitFor("the end of the call to Bedrock", stack.bedrock!.idle());
    expect(stack.bedrock!.statistics.aborted).toBe(before + 1);
    const next = await client.converse({ prompt: "next", modelId: "local.echo" }).result();
    expect(next.text).toBe("next");
  });

  test("cancel() ends an answer for its reader, and resolves with false after the answer has ended", async () => {
    await using client = connect();
    const idempotencyKey = crypto.randomUUID();
    const reading = client.converse({ prompt: "x", modelId: "endless", idempotencyKey }).result();
    // This promise rejects while `cancel` is awaited. Without a handler, Node would report an unhandled rejection.
    reading.catch(() => undefined);
    const cancel = () => client.cancel(idempotencyKey).catch((error: Error) => error.message);
    await expect.poll(cancel, { timeout: generousSeconds * 1000 }).toBe(true);
    await expect(reading).rejects.toMatchObject({ code: "Cancelled" });
    // The caller gets the last line before the table has it.
    await expect.poll(cancel, { timeout: generousSeconds * 1000 }).toBe(false);
  });

  test("a client gets the lines that another client, which was closed, did not read", async () => {
    const first = connect();
    const request = { prompt: "A story about rain", idempotencyKey: crypto.randomUUID() };
    const had: string[] = [];
    const interrupted = (async () => {
      for await (const line of first.converse(request).lines()) {
        had.push(line);
        if (had.length === 5) first.close();
      }
    })();
    await expect(interrupted).rejects.toThrow("closed the connection");
    await using second = connect();
    const rest = await linesOf(second.converse({ ...request, fromLine: had.length }, { resume: true }));
    expect([...had, ...rest]).toEqual(await linesOf(second.converse(request)));
    expect(rest.at(-1)).toMatch(/"type":"end"/);
  });
});
