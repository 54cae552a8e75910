// Tests what the local Lambda does with handlers that fail.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { generousSeconds, scaledSeconds, waitFor } from "../../support/deadline.ts";
import { readAnswer, startTestStack, type TestStack } from "../../support/servers/local-stack.ts";

let stack: TestStack;
let folder: string;
afterEach(async () => {
  await stack.close();
  await rm(folder, { recursive: true });
});

interface FunctionOptions {
  /** Code that runs before the handler is defined. */
  before?: string;
  /** Default: too long to matter. */
  timeoutSeconds?: number;
  /** Default: the value in `startTestStack`. */
  finishingMs?: number;
}

/** Starts a stack whose function is `async (event, stream) => { body }`. */
async function startWith(body: string, functionOptions: FunctionOptions = {}): Promise<TestStack> {
  const { before = "", timeoutSeconds = generousSeconds, ...options } = functionOptions;
  folder = await mkdtemp(join(tmpdir(), "deltapipe-test-"));
  const handler = `export const handler = awslambda.streamifyResponse(async (event, stream) => { ${body} });`;
  await writeFile(join(folder, "index.mjs"), `${before}\n${handler}\n`);
  const service = { handler: "index.handler", timeoutSeconds, memorySize: 128 };
  return (stack = await startTestStack({ taskRoot: folder, service, concurrency: 1, ...options }));
}

/** A short timeout that still lets a function begin its response. */
const brief = { timeoutSeconds: scaledSeconds(2) };
const begin = `stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); stream.write("begun");`;

test.each([
  ["throws", `throw new Error("broken")`, /broken/],
  [
    "exits",
    `process.exit(3)`,
    /RequestId: [\w-]+ Error: Runtime exited with error: exit status 3\nRuntime\.ExitError/,
  ],
  ["has an unhandled rejection", `Promise.reject(new Error("lost")); await new Promise(() => {})`, /lost/],
  [
    "runs out of memory",
    `const kept = []; for (;;) kept.push(new Array(1e5).fill(kept.length + 0.5))`,
    // The process may reach V8's limit for the heap first, or the limit for all its memory.
    /heap|signal: (aborted|killed)/,
  ],
])(
  "a function that %s before its first byte gives 502, and the log has the reason",
  async (_, body, reason) => {
    const { ask, log } = await startWith(body);
    const answer = await ask("{}");
    expect([answer.status, answer.body]).toEqual([502, "Internal Server Error"]);
    expect(log.join("\n")).toMatch(reason);
    expect((await ask("{}")).status).toBe(502);
  },
);

test.skipIf(process.platform !== "linux").each([
  [
    "holds 160 MB of buffers",
    `globalThis.held = Buffer.alloc(160 * 1024 * 1024, 1); await new Promise(() => {})`,
  ],
  [
    // The garbage collector frees the buffers before the memory is checked again, but the kernel has recorded the peak.
    "held 160 MB of buffers for a moment",
    `Buffer.alloc(160 * 1024 * 1024, 1); gc(); await new Promise(() => {})`,
  ],
])(
  "a function with 128 MB that %s is killed as on Lambda, and the next request is served",
  async (_, body) => {
    const before = `import v8 from "node:v8"; import vm from "node:vm"; v8.setFlagsFromString("--expose-gc");
    const gc = vm.runInNewContext("gc");`;
    const { ask, log } = await startWith(`if (event.body === "{}") { ${body} } ${begin} stream.end();`, {
      before,
    });
    expect(await ask("{}")).toMatchObject({ status: 502, body: "Internal Server Error" });
    expect(log.join("\n")).toMatch(
      /RequestId: [\w-]+ Error: Runtime exited with error: signal: killed \(Memory Size: 128 MB, Max Memory Used: [12]\d\d MB\)\nRuntime\.ExitError/,
    );
    expect((await ask("[]")).status).toBe(201);
  },
);

test("a function that never responds gives 502 after its timeout, which is logged", async () => {
  const { ask, log } = await startWith(`await new Promise(() => {})`, brief);
  expect((await ask("{}")).status).toBe(502);
  expect(log).toContain(`Task timed out after ${brief.timeoutSeconds} seconds`);
  expect((await ask("{}")).status).toBe(502);
});

test("a function sees Lambda's variables, but not the key of the Runtime API", async () => {
  const { ask } = await startWith(`${begin} stream.end(Object.keys(process.env).join());`);
  const { body } = await ask("{}");
  expect(body).toContain("AWS_LAMBDA_RUNTIME_API");
  expect(body).not.toContain("LOCAL");
});

test.each([
  ["throws", `throw new Error("broken")`, {}],
  ["exits", `process.exit(3)`, {}],
  ["exceeds its timeout", `await new Promise(() => {})`, brief],
])("the caller's stream is cut if the function %s after its first byte", async (_, body, limits) => {
  const { send } = await startWith(`${begin} await new Promise(setImmediate); ${body}`, limits);
  const response = await send("{}");
  expect(response.status).toBe(201);
  await expect(readAnswer(response)).rejects.toThrow();
});

test.each([
  ["fails while it loads", `throw new Error("no such setting");`, /no such setting/],
  ["has a syntax error", `const = 1;`, /SyntaxError/],
])("a function that %s gives 502, and is loaded again for the next request", async (_, before, reason) => {
  const { ask, log, lambda } = await startWith(`stream.end("x")`, { before });
  expect((await ask("{}")).status).toBe(502);
  expect(log.join("\n")).toMatch(reason);
  expect((await ask("{}")).status).toBe(502);
  expect(lambda.environments()).toEqual({ started: 2, pids: [], idle: 0 });
});

test("if an execution environment dies after its response, a waiting invocation gets a new one at once", async () => {
  const { ask, lambda } = await startWith(
    // Without a timer the process would end by itself, sometimes before it is killed.
    `${begin} stream.end(); if (event.body === "{}") await new Promise((done) => setTimeout(done, 1e9));`,
    { finishingMs: generousSeconds * 1000 },
  );
  await ask("{}");
  const [pid] = lambda.environments().pids;
  const invocation = { requestId: "waiting", traceId: "Root=1-1-1", event: { body: "[]" } as never };
  const answered = lambda.invoke(invocation);
  await new Promise(setImmediate);
  process.kill(pid as number, "SIGKILL");
  const { body } = await waitFor("the waiting invocation's response", answered);
  for await (const _ of body);
  expect(lambda.environments()).toMatchObject({ started: 2 });
});

test("the service's handler logs an error when the event is not from a Function URL", async () => {
  let onLog = (_line: string): void => undefined;
  const logged = new Promise<void>((resolve) => {
    onLog = (line) => line.includes("did not come from a Function URL") && resolve();
  });
  stack = await startTestStack({ onLog });
  folder = await mkdtemp(join(tmpdir(), "deltapipe-test-"));
  const invocation = { requestId: "direct", traceId: "Root=1-1-1", event: { hello: 1 } as never };
  await expect(stack.lambda.invoke(invocation)).rejects.toThrow(/failed/);
  // The log has its own pipe, so the line may arrive later.
  await waitFor("the line in the log", logged);
});

test("a stack that is closed in mid-stream ends its processes", async () => {
  const { send, lambda, close } = await startWith(`${begin} await new Promise(() => {})`);
  await send("{}");
  const [pid] = lambda.environments().pids;
  await waitFor("the stack's end", close());
  expect(() => process.kill(pid as number, 0)).toThrow(/ESRCH/);
});
