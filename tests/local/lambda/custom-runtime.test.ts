// Tests execution environments of a custom runtime: a program that calls the Runtime API itself.
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ExecutionEnvironment } from "../../../lib/local/lambda/index.ts";
import { waitFor } from "../../support/deadline.ts";

/**
 * Answers each invocation with the event and some of the program's environment variables. For the event "fail" the program
 * reports an error, and for the event "exit" it exits.
 */
const program = `#!${process.execPath}
const invocations = process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
(async () => {
  for (;;) {
    const next = await fetch(invocations + "next");
    const id = next.headers.get("lambda-runtime-aws-request-id");
    const event = await next.json();
    if (event === "exit") process.exit(3);
    const kind = event === "fail" ? "error" : "response";
    const { AWS_EXECUTION_ENV, LOCAL_RUNTIME_API_KEY, SETTING } = process.env;
    const body = JSON.stringify({ event, AWS_EXECUTION_ENV, LOCAL_RUNTIME_API_KEY, SETTING, errorType: "Broken" });
    await fetch(invocations + id + "/" + kind, { method: "POST", body });
  }
})();
`;

let folder: string;
let environment: ExecutionEnvironment | undefined;
let log: string[];
let exited: Promise<void>;
let onIdle: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltapipe-test-"));
  log = [];
});

afterEach(async () => {
  environment?.end();
  if (environment) await waitFor("The exit of the program", exited);
  environment = undefined;
  await rm(folder, { recursive: true });
});

async function start(bootstrap: string, mode = 0o755): Promise<void> {
  const file = join(folder, "bootstrap");
  await writeFile(file, bootstrap);
  await chmod(file, mode);
  let onExit = () => {};
  onIdle = () => {};
  exited = new Promise((resolve) => (onExit = resolve));
  environment = new ExecutionEnvironment({
    function: { name: "custom", arn: "arn", handler: "bootstrap", memorySize: 1024, timeoutSeconds: 600 },
    taskRoot: folder,
    bootstrap: file,
    variables: { SETTING: "set" },
    onLog: (line) => log.push(line),
    onIdle: () => onIdle(),
    onExit,
  });
  await waitFor("The start of the program", environment.start());
}

/** Invokes the program with this event. Resolves with its response when the program asks for the next invocation. */
async function responseTo(event: string): Promise<unknown> {
  const idle = new Promise<void>((resolve) => (onIdle = resolve));
  const invocation = { requestId: `request-${event}`, traceId: "", event };
  try {
    const { body } = await waitFor("The response", environment!.invoke(invocation));
    return JSON.parse(await text(body));
  } finally {
    await waitFor("The next request or the exit of the program", Promise.race([idle, exited]));
  }
}

describe.skipIf(process.platform === "win32")("a custom runtime's program", () => {
  test("a custom runtime's program gets invocations and sends responses, without the variables of AWS's runtime client", async () => {
    await start(program);
    for (const event of ["first", "second"])
      expect(await responseTo(event)).toEqual({ event, SETTING: "set", errorType: "Broken" });
  });

  test("a custom runtime's program can report that an invocation failed, and gets the next invocation", async () => {
    await start(program);
    await expect(responseTo("fail")).rejects.toThrow("The function failed with Broken");
    expect(await responseTo("next")).toMatchObject({ event: "next" });
  });

  test("a custom runtime's program that exits fails its invocation, and the log has the exit code", async () => {
    await start(program);
    await expect(responseTo("exit")).rejects.toThrow("exit status 3");
    expect(log.join("\n")).toContain(
      "RequestId: request-exit Error: Runtime exited with error: exit status 3",
    );
  });

  test.each([
    [
      "exits before it asks for an invocation",
      "#!/bin/sh\necho no library >&2\nexit 127\n",
      0o755,
      "exit status 127",
    ],
    ["is not executable", program, 0o644, "EACCES"],
    ["has an interpreter that does not exist", "#!/no/such/interpreter\n", 0o755, "ENOENT"],
  ])("a custom runtime's program that %s makes the start fail", async (_, bootstrap, mode, reason) => {
    await expect(start(bootstrap, mode)).rejects.toThrow(reason);
  });
});
