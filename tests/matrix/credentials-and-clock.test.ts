// Tests a function whose credentials expire or whose clock is wrong or jumps.
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { startBedrock } from "../../lib/local/bedrock/start-bedrock.ts";
import { delta, ending, pause } from "../../lib/local/bedrock/script.ts";
import { begun } from "../support/frames/begun-answer.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import {
  assertFaultRow,
  expectNoLosses,
  modelOf,
  modelsOf,
  outcomeOf,
  startWithRows,
  type ScriptedRow,
} from "../support/matrix/fault-rows.ts";
import { readAnswer } from "../support/servers/local-stack.ts";

describe("the function's credentials", () => {
  test("credentials that expire in mid-stream do not end the stream, and the next request uses new ones", async () => {
    const row: ScriptedRow = {
      fault: "long",
      becomes: "200 end",
      script: (request) => [...begun, pause(1500), ...ending(request, "end_turn", 1)],
    };
    const upstream = modelsOf([row]);
    const bedrock = await startBedrock({ models: upstream.models });
    onTestFinished(() => bedrock.close());
    const keys = ["FIRST", "SECOND"];
    const stack = await startWithRows([], {
      bedrock: {
        kind: "aws",
        credentials: async () => ({
          accessKeyId: keys.shift()!,
          secretAccessKey: "s",
          sessionToken: "t",
          expiration: new Date(Date.now() + 60_500),
        }),
      },
      variables: {
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
        DELTAPIPE_MODELS: `long=long,local.echo=local.echo`,
      },
    });
    await assertFaultRow(stack, row, () => upstream.over(row));
    expect(keys).toEqual([]);
    expect(stack.lambda.environments().started).toBe(2);
    await waitFor("The end of all calls to Bedrock", bedrock.idle());
  });

  test("credentials that Bedrock rejects as expired end the request with 502 UpstreamAccessDenied", async () => {
    const bedrock = await startBedrock({
      credentials: { accessKeyId: "AKID", secretAccessKey: "s" },
      verify: async () => "The security token included in the request is expired",
    });
    onTestFinished(() => bedrock.close());
    const stack = await startWithRows([], {
      bedrock: { kind: "aws", credentials: async () => ({ accessKeyId: "AKID", secretAccessKey: "s" }) },
      variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url, DELTAPIPE_MODELS: "local.echo=local.echo" },
    });
    const answer = await stack.ask({ prompt: "x" });
    expect(outcomeOf(answer)).toBe("502 UpstreamAccessDenied");
    expect(answer.body).not.toContain("token");
    await expectNoLosses(stack);
  });
});

describe("the function's clock", () => {
  const preload = fileURLToPath(new URL("../support/processes/shifted-clock.cjs", import.meta.url));
  const row: ScriptedRow = {
    fault: "steady",
    becomes: "200 end",
    script: (request) => [
      ...begun,
      pause(scaled(1000)),
      delta(0, { text: " on" }),
      pause(scaled(500)),
      ...ending(request, "end_turn", 2),
    ],
  };

  function startWithClock(variables: Record<string, string>) {
    const NODE_OPTIONS = `--require ${preload}`;
    return startWithRows([row], {
      concurrency: 1,
      variables: { NODE_OPTIONS, DELTAPIPE_PING_SECONDS: "0.3", ...variables },
    });
  }

  test.each([
    ["ahead", 3_600_000],
    ["back", -3_600_000],
  ])("a clock that jumps an hour %s in mid-stream has no effect on the stream", async (_, jump) => {
    const stack = await startWithClock({ CLOCK_JUMP_MS: String(jump) });
    const startedAt = performance.now();
    const response = await stack.send({ prompt: "x", modelId: modelOf(row) });
    process.kill(stack.lambda.environments().pids[0]!, "SIGUSR2");
    const answer = await waitFor("The end", readAnswer(response));
    expect(outcomeOf(answer)).toBe("200 end");
    const last = answer.lines.at(-1) as { timing: { totalMs: number } };
    expect(last.timing.totalMs).toBeGreaterThan(1000);
    // A duration measured with the wall clock would be an hour longer or shorter.
    expect(last.timing.totalMs).toBeLessThan(performance.now() - startedAt + 1000);
    expect(answer.lines.some(({ type }) => type === "ping")).toBe(true);
    await stack.upstream.over(row);
    await expectNoLosses(stack);
  });

  test.each([
    ["an hour late", -3_600_000],
    ["ten minutes early", 600_000],
  ])("a clock that is %s is corrected with the time in Bedrock's error response", async (_, error) => {
    const stack = await startWithClock({ CLOCK_ERROR_MS: String(error) });
    const answer = await assertFaultRow(stack, row, () => stack.upstream.over(row));
    expect(answer.lines.at(-1)).toMatchObject({ type: "end", stopReason: "end_turn" });
    // Three attempts: the rejected one, its repetition, and that of the next request, which Bedrock accepted at once.
    expect(stack.bedrock!.statistics.requests).toBe(3);
    await expectNoLosses(stack);
  });
});
