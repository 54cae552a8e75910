// Tests that execution environments are reused, limited and replaced, even if callers disconnect.
import { afterEach, describe, expect, test } from "vitest";
import { waitFor } from "../../support/deadline.ts";
import { readAnswer, startTestStack, type TestStack } from "../../support/servers/local-stack.ts";
import type { StackOptions } from "../../../lib/local/stack.ts";

let stack: TestStack | undefined;
afterEach(() => stack?.close());

async function start(options: Partial<StackOptions> = {}): Promise<TestStack> {
  return (stack = await startTestStack(options));
}

/** Reads one chunk, and disconnects. */
async function disconnect(response: Response): Promise<void> {
  const reader = response.body!.getReader();
  await waitFor("the first chunk", reader.read());
  await reader.cancel();
}

describe("execution environments", () => {
  test("an execution environment is reused for one request after another", async () => {
    const { ask, lambda } = await start();
    for (let request = 0; request < 10; request++) await ask({ prompt: "x", modelId: "local.echo" });
    expect(lambda.environments()).toMatchObject({ started: 1 });
  });

  test("execution environments are started for concurrent requests up to the limit, and further requests get 429", async () => {
    const { ask, lambda } = await start({ concurrency: 3 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask({ prompt: "x" })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    const rejected = answers.filter(({ status }) => status === 429);
    expect(rejected).toHaveLength(2);
    expect(rejected[0]?.headers.get("x-amzn-errortype")).toMatch(/TooManyRequestsException/);
    expect(lambda.environments().started).toBe(3);
  });

  test("an execution environment that is killed cuts its stream, and the next request gets a new environment", async () => {
    const { send, ask, lambda } = await start();
    const response = await send({ prompt: "x", modelId: "local.stall" });
    const [pid] = lambda.environments().pids;
    process.kill(pid as number, "SIGKILL");
    await expect(readAnswer(response)).rejects.toThrow();
    expect((await ask({ prompt: "x", modelId: "local.echo" })).lines.at(-1)?.type).toBe("end");
    expect(lambda.environments().pids).not.toContain(pid);
  });

  test("a wrong configuration gives 502, and the log names the variable", async () => {
    const { ask, log } = await start({ variables: { DELTAPIPE_MAX_TOKENS: "many" } });
    const answer = await ask({ prompt: "x" });
    expect(answer.status).toBe(502);
    expect(answer.body).not.toContain("DELTAPIPE");
    expect(log.join("\n")).toMatch(/Cannot start: DELTAPIPE_MAX_TOKENS is "many"; set it to a whole number/);
  });

  test("a Node executable that does not exist gives 502, and the log names it", async () => {
    const { ask, log } = await start({ nodeExecutable: "/no/such/node" });
    expect((await ask({ prompt: "x" })).status).toBe(502);
    expect(log.join("\n")).toContain("spawn /no/such/node ENOENT");
  });

  test("an execution environment is replaced when its credentials are about to expire", async () => {
    let asked = 0;
    const { ask, lambda } = await start({
      bedrock: {
        kind: "aws",
        credentials: async () => {
          const expiration = new Date(Date.now() + (asked++ === 0 ? 30_000 : 3_600_000));
          return { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "token", expiration };
        },
      },
      // Nothing listens at this address. How the request fails does not matter.
      variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://127.0.0.1:9" },
    });
    const statuses = [await ask({ prompt: "x" }), await ask({ prompt: "x" }), await ask({ prompt: "x" })];
    expect(statuses.map(({ status }) => status)).toEqual([502, 502, 502]);
    expect(asked).toBe(2);
    expect(lambda.environments().started).toBe(2);
  });
});

describe("a caller that never reads", () => {
  test("a caller that never reads does not keep an environment busy when only the last part of the response is left to be sent", async () => {
    const { send, ask, record } = await start({ concurrency: 1, callerStallMs: 500 });
    const response = await send({ prompt: "50000", modelId: "local.flood" });
    await record(response.headers.get("x-amzn-requestid") ?? "");
    const served = async (): Promise<void> => {
      while ((await ask({ prompt: "x", modelId: "local.echo" })).status === 429);
    };
    await waitFor("the next caller's turn", served());
    await expect(readAnswer(response)).rejects.toThrow();
  });
});

describe("callers that disconnect in mid-stream", () => {
  test("callers that disconnect in mid-stream do not affect other callers, and their own streams run to the end", async () => {
    const { send, ask, lambda, bedrock, log } = await start({ concurrency: 50 });
    const callers = Array.from({ length: 50 }, async (_, index) => {
      const response = await send({ prompt: "a lighthouse" });
      if (index % 2) return disconnect(response);
      expect(response.status).toBe(200);
      const { lines } = await readAnswer(response);
      expect(lines.at(-1)).toMatchObject({ type: "end", stopReason: "end_turn" });
    });
    await waitFor("all callers", Promise.all(callers));
    await waitFor("the end of all calls to Bedrock", bedrock!.idle());
    expect(bedrock!.statistics).toMatchObject({ active: 0, aborted: 0, completed: 50 });
    // On a busy machine the environments of the first callers may already serve the last callers, so fewer than 50 may start.
    const { pids, started } = lambda.environments();
    expect(pids).toHaveLength(started);
    const records = () => log.filter((line) => line.includes(`"outcome":"end"`)).length;
    expect((await ask({ prompt: "x", modelId: "local.echo" })).lines.at(-1)?.type).toBe("end");
    const allRecorded = async (): Promise<void> => {
      while (records() < 50) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await waitFor("the records", allRecorded());
    expect(lambda.environments()).toMatchObject({ started, pids });
  });
});
