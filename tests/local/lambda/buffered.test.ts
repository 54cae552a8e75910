// Tests handlers that return their response instead of streaming it, in AWS's runtime client.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createLocalFunction, type LocalFunction } from "../../../lib/local/local-function.ts";
import { generousSeconds, scaledSeconds, waitFor } from "../../support/deadline.ts";

/** Starts a function whose handler is `async (event, context) => { body }`. */
async function startFunction(
  body: string,
  { timeoutSeconds = generousSeconds } = {},
): Promise<{ ask: (event: unknown) => Promise<string>; log: string[]; lambda: LocalFunction }> {
  const folder = await mkdtemp(join(tmpdir(), "deltapipe-test-"));
  await writeFile(
    join(folder, "index.mjs"),
    `export const handler = async (event, context) => { ${body} };\n`,
  );
  const log: string[] = [];
  const lambda = createLocalFunction({
    settings: {
      name: "buffered",
      handler: "index.handler",
      memorySize: 128,
      timeoutSeconds,
      maximumEventAgeSeconds: 60,
      variables: {},
    },
    root: folder,
    bedrockClient: "built-in",
    answerStore: false,
    taskRoot: folder,
    region: "us-east-1",
    variables: async () => ({ variables: {} }),
    concurrency: 1,
    finishingMs: 10_000,
    onLog: (line) => log.push(line),
  });
  onTestFinished(async () => {
    await lambda.close();
    await rm(folder, { recursive: true });
  });
  let count = 0;
  const ask = async (event: unknown): Promise<string> => {
    const invocation = { requestId: `request-${++count}`, traceId: "Root=1-1-1", event };
    const answered = lambda.invoke(invocation).then(({ body: bytes }) => text(bytes));
    return waitFor("the response", answered);
  };
  return { ask, log, lambda };
}

test("a handler's return value becomes a JSON response, and the next event is sent to the same environment", async () => {
  const { ask, lambda } = await startFunction(`return { got: event, id: context.awsRequestId };`);
  for (const [index, event] of [{ text: "π\u2028" }, ["list"], "text", null].entries()) {
    expect(JSON.parse(await ask(event))).toEqual({ got: event, id: `request-${index + 1}` });
  }
  expect(lambda.environments()).toMatchObject({ started: 1 });
});

test("a response of 5 MB arrives whole", async () => {
  const { ask } = await startFunction(`return "x".repeat(5_000_000);`);
  expect(await ask({})).toHaveLength(5_000_002);
});

test("a handler that returns nothing responds with null", async () => {
  const { ask } = await startFunction(``);
  expect(await ask({})).toBe("null");
});

test("a handler that throws fails with its error's type, and the next event gets a response", async () => {
  const { ask, log, lambda } = await startFunction(
    `if (event.bad) throw new RangeError("π is odd"); return 1;`,
  );
  await expect(ask({ bad: true })).rejects.toThrow(/^The function failed with RangeError$/);
  // The log has its own pipe, so the line may arrive later.
  await expect.poll(() => log.join("\n"), { timeout: 60_000 }).toMatch(/"level":"ERROR".*π is odd/);
  expect(await ask({})).toBe("1");
  await expect(ask({ bad: true })).rejects.toMatchObject({ name: "FunctionFailed" });
  expect(lambda.environments()).toMatchObject({ started: 1 });
});

test.each([
  ["exits", `process.exit(3)`, /exit status 3/],
  [
    "has an unhandled rejection",
    `Promise.reject(new Error("lost")); await new Promise(() => {})`,
    /Runtime exited/,
  ],
  [
    "returns a value that JSON cannot represent",
    `const loop = {}; loop.loop = loop; return loop;`,
    /failed with|Runtime exited/,
  ],
])(
  "a handler that %s fails, and the next event gets a response from the same or a new environment",
  async (_, body, reason) => {
    const { ask } = await startFunction(`if (event.bad) { ${body} } return "fine";`);
    await expect(ask({ bad: true })).rejects.toThrow(reason);
    expect(await ask({})).toBe(`"fine"`);
  },
);

test("a handler that exceeds the timeout is ended", async () => {
  const limit = { timeoutSeconds: scaledSeconds(2) };
  const { ask } = await startFunction(
    `if (event.bad) await new Promise((resolve) => setTimeout(resolve, 1e6)); return 1;`,
    limit,
  );
  await expect(ask({ bad: true })).rejects.toThrow(/^Task timed out after \d+ seconds$/);
  expect(await ask({})).toBe("1");
});
