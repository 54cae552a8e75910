// Clients that know nothing of this service resume and cancel answers with keys: Python's websockets and gql, and wscat.
import { randomUUID } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { openConversation } from "../support/callers/appsync-answer.ts";
import { openWebSocket, presigned } from "../support/callers/websocket-caller.ts";
import { gatedModel } from "../support/frames/gated-model.ts";
import { collectOutput } from "../support/processes/child-output.ts";
import { linesOf } from "../support/push/pushed-lines.ts";
import { caller, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const wscat = join(dirname(createRequire(import.meta.url).resolve("wscat/package.json")), "bin/wscat");
const support = (name: string) => fileURLToPath(new URL(`../support/callers/${name}`, import.meta.url));
const isThere = (modules: string) => spawnSync("python3", ["-c", `import ${modules}`]).status === 0;
const hasWebSockets = isThere("websockets.sync.client, botocore.auth");
const hasGql = isThere("gql.transport.appsync_websockets, gql.transport.aiohttp, botocore.auth");

const words = 12;
let gate = gatedModel(words);
const gated: ScriptedModel = { description: "of a test", script: (request) => gate.model.script(request) };

let stack: TestStack;
beforeAll(async () => {
  const bedrock = { kind: "local", options: { models: { "test.gated": gated } } } as const;
  stack = await startTestStack({ answerStore: {}, bedrock });
});
beforeEach(() => {
  gate = gatedModel(words);
});
afterAll(() => stack.close());

function run(program: string, ...args: string[]) {
  const child = spawn(program, args, { env: { PATH: process.env["PATH"] ?? "" } });
  onTestFinished(() => void child.kill());
  return Object.assign(collectOutput(child), { kill: () => child.kill("SIGKILL") });
}

/** The lines in the messages that a program has printed. Leaves out the last message if it is incomplete. */
function printedLines(output: string): string[] {
  const printed = output.slice(0, output.lastIndexOf("\n") + 1).split("\n");
  return linesOf(printed.filter((line) => line.startsWith('{"requestId"')));
}

const question = (idempotencyKey: string, fromLine?: number) =>
  JSON.stringify({ prompt: "x", modelId: "test.gated", idempotencyKey, fromLine });
const cancel = (idempotencyKey: string) => JSON.stringify({ action: "cancel", idempotencyKey });

describe.each([
  [
    "Python's websockets",
    hasWebSockets,
    (text: string) =>
      run("python3", support("websockets-reader.py"), stack.webSocketUrl, caller.secretAccessKey, text),
  ],
  [
    "Python's gql",
    hasGql,
    (text: string) =>
      run("python3", support("gql-reader.py"), stack.appSyncUrl, "iam", "local", randomUUID(), text),
  ],
])("%s", (_, isInstalled, ask) => {
  test.skipIf(!isInstalled)(
    "the client gets the rest of the answer if it was killed and asks again",
    async () => {
      const key = randomUUID();
      const killed = ask(question(key));
      gate.open(words / 2);
      await killed.until(/"word 3 [^\n]*\n/);
      killed.kill();
      await killed.exit;
      gate.open();
      const had = printedLines(killed.output());
      const second = ask(question(key, had.length));
      expect(await second.exit).toBe(0);
      const whole = await stack.ask(question(key));
      expect([...had, ...printedLines(second.output())]).toEqual(whole.body.trimEnd().split("\n"));
      expect(whole.lines.at(-1)).toMatchObject({ type: "end" });
    },
  );

  test.skipIf(!isInstalled)("the client cancels the answer that another client reads", async () => {
    const key = randomUUID();
    const reader = await openConversation(stack);
    await reader.start(question(key));
    gate.open(2);
    await reader.next();
    const { exit, output } = ask(cancel(key));
    expect([await exit, printedLines(output())]).toEqual([0, [`{"cancelled":true}`]]);
    expect((await reader.rest()).lines.at(-1)).toMatchObject({ type: "error", error: { name: "Cancelled" } });
  });
});

describe("wscat", () => {
  test("wscat reads an answer again, and learns that it is too late to cancel it", async () => {
    const key = randomUUID();
    gate.open();
    const first = await openWebSocket(stack);
    const { texts } = await first.ask(JSON.parse(question(key)));
    const url = await presigned(stack.webSocketUrl);
    const messages = [question(key, 5), cancel(key)].flatMap((text) => ["--execute", text]);
    const { until, output } = run(process.execPath, wscat, "--connect", url, "--wait", "600", ...messages);
    await until(/{"type":"end"[^]*"cancelled":|"cancelled":[^]*{"type":"end".*\n/);
    const lines = printedLines(`${output()}\n`);
    expect(lines.filter((line) => line !== `{"cancelled":false}`)).toEqual(texts.slice(5));
    expect(lines).toContain(`{"cancelled":false}`);
  });
});
