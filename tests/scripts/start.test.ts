// `npm start` as a child process: its output, its exit code, and how it ends.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createClient } from "../../lib/client/index.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { openConversation } from "../support/callers/appsync-answer.ts";
import { openWebSocket } from "../support/callers/websocket-caller.ts";
import { answerOf, text } from "../support/frames/chat-answers.ts";
import { copyService } from "../support/deployment/service-copy.ts";
import { sendPieces, startTestChatServer } from "../support/servers/chat-server.ts";
import { writeAnswers } from "../support/servers/local-bedrock.ts";
import { anyPorts, start, signalGroup } from "../support/processes/start-command.ts";

describe("--once", () => {
  test("--once streams the first answer and exits with 0", async () => {
    const run = start([...anyPorts, "--once", "--pace", "1000", "--prompt", "a story about rain"]);
    expect(await run.exit).toBe(0);
    expect(run.output()).toMatch(/> a story about rain/);
    expect(run.output()).toMatch(/ms\), \d+ tokens in, \d+ out, end_turn\n/);
    expect(run.output()).toMatch(/POST \/ 200 local\.story first delta .* ms\), end\n/);
  });

  test("--once reports the caller's times and how much of each was spent in the service", async () => {
    const run = start([...anyPorts, "--once", "--pace", "1000"]);
    expect(await run.exit).toBe(0);
    const times = /first delta (\d+) ms \(service (\d+) ms\), total (\d+) ms \(service (\d+) ms\)/g;
    const [answer = [], logged = []] = [...run.output().matchAll(times)].map((match) =>
      match.slice(1).map(Number),
    );
    expect([answer.length, logged.length, answer[1]]).toEqual([4, 4, logged[1]]);
    for (const [firstDelta = 0, inService = 0, total = 0, totalInService = 0] of [answer, logged]) {
      // The first answer waits for a new execution environment. The service's own times do not include this wait.
      expect(firstDelta).toBeGreaterThan(inService + 10);
      expect(total).toBeGreaterThan(totalInService + 10);
      expect(total).toBeGreaterThanOrEqual(firstDelta);
    }
    // The caller's times include signing and connecting, and the stack's times do not.
    expect(answer[0]).toBeGreaterThanOrEqual(logged[0]!);
  });

  test("--once prints the answer that the --answers file gives for a real model's id", async () => {
    const answer = { when: { modelId: "amazon.nova-lite-v1:0", prompt: "mine" }, text: "Yours, and mine." };
    const file = await writeAnswers(JSON.stringify([answer]));
    const aliases = ["--alias", "amazon.nova-lite-v1:0=local.echo"];
    const ask = ["--model", "amazon.nova-lite-v1:0", "--prompt", "mine or yours?", "--check-keys"];
    const run = start([...anyPorts, "--once", "--answers", file, ...aliases, ...ask]);
    expect(await run.exit).toBe(0);
    expect(run.output()).toContain("Yours, and mine.");
    expect(run.output()).toMatch(/POST \/ 200 amazon\.nova-lite-v1-0 first delta /);
  });

  test("--once gets an answer from a model server, and prints the server's models but not its key", async () => {
    const hello = sendPieces(answerOf(text("Hello "), text("from the server.")));
    const server = await startTestChatServer({ "llama3.2:3b": hello, "org/other": hello, plain: hello });
    const chosen = ["--model-server", server.url, "--alias", "amazon.nova-lite-v1:0=llama3.2:3b"];
    const run = start([...anyPorts, "--once", ...chosen, "--model", "amazon.nova-lite-v1:0"], {
      variables: { MODEL_SERVER_KEY: "sk-secret" },
    });
    expect(await run.exit).toBe(0);
    expect(run.output()).toContain(
      `Models of ${server.url}: llama3.2-3b (id llama3.2:3b), other (id org/other), plain\n`,
    );
    expect(run.output()).toContain("Hello from the server.");
    expect(run.output()).not.toContain("sk-secret");
    expect(server.asked("llama3.2:3b")[0]!.headers.authorization).toBe("Bearer sk-secret");
  });

  test("--once ignores DELTAPIPE_URL, which is a variable of the command line", async () => {
    const variables = { DELTAPIPE_URL: "http://127.0.0.1:9000/" };
    const run = start([...anyPorts, "--once", "--model", "local.echo"], { variables });
    expect(await run.exit).toBe(0);
  });

  test.each([
    ["was cut short", "local.cut", /StreamFailedError.*StreamTruncated|ended before/s],
    ["was an error response", "local.throttled", /Too many requests/],
  ])("--once exits with 1 when the answer %s", async (_, model, reason) => {
    const run = start([...anyPorts, "--once", "--model", model]);
    expect(await run.exit).toBe(1);
    expect(run.output()).toMatch(reason);
  });
});

describe("the end of the stack", () => {
  test("Ctrl-C ends the stack without a message about the environments, which get the signal too", async () => {
    const run = start([...anyPorts, "--pace", "1000"]);
    await run.until(/Ctrl-C stops/);
    const before = run.output();
    signalGroup(run.pid, "SIGINT");
    expect(await run.exit).toBe(0);
    expect(run.output().slice(before.length).trim()).toBe("");
    expect(run.output()).not.toContain("Runtime exited");
  });

  test("the stack ends and the Function URL's port becomes free if npm is killed", async () => {
    const run = start(["--", ...anyPorts, "--pace", "1000"], { command: ["npm", "start"] });
    const [, port = ""] = await run.until(/Function URL\s+http:\/\/127\.0\.0\.1:(\d+)[^]*Ctrl-C stops/);
    process.kill(run.pid, "SIGKILL");
    // The output closes when its last writer has ended.
    await run.exit;
    const server = createServer().listen(Number(port), "127.0.0.1");
    await waitFor("The port", once(server, "listening"));
    server.close();
  });
});

describe("an interrupted answer", () => {
  test("an interrupted answer makes --once exit with 130", async () => {
    const run = start([...anyPorts, "--once", "--pace", "1"]);
    await run.until(/On a/);
    run.signal("SIGINT");
    expect(await run.exit).toBe(130);
  });
});

describe("the page", () => {
  test("the page's address is printed first, and the page lists the scripted models and is closed with the stack", async () => {
    const run = start([...anyPorts, "--pace", "1000"]);
    const [, url = "", token = ""] = await run.until(
      /^Page\s+(http:\/\/127\.0\.0\.1:\d+\/)#(\S+)[^]*Ctrl-C stops/,
    );
    const document = await waitFor("The page", fetch(url));
    expect(await document.text()).toContain("<title>Deltapipe</title>");
    const headers = { "x-deltapipe-token": token };
    const service = await waitFor("The service", fetch(`${url}~/service.json`, { headers }));
    expect(await service.json()).toMatchObject({
      hasLocalKey: true,
      models: expect.arrayContaining([
        expect.objectContaining({ name: "local.cut", becomes: "StreamTruncated" }),
      ]) as unknown,
    });
    run.signal("SIGINT");
    expect(await run.exit).toBe(0);
    await expect(waitFor("The page", fetch(url))).rejects.toThrow();
  });
});

describe("the stack", () => {
  test("npm start prints how to use the stack, serves requests, runs edited code, and stops at Ctrl-C", async () => {
    const copy = await copyService();
    try {
      const run = start([...anyPorts, "--pace", "1000"], { cwd: copy.folder });
      const [, url = ""] = await run.until(/Function URL\s+(http:\S+)[^]*Ctrl-C/);
      expect(run.output()).toMatch(/curl --aws-sigv4 "aws:amz:us-east-1:lambda" --user local:local/);
      const [, webSocketUrl = ""] = /npx wscat --connect .* --url (ws:\S+\/v1)\)"/.exec(run.output()) ?? [];
      const caller = await openWebSocket({ webSocketUrl });
      await caller.ask({ prompt: "x", modelId: "local.echo" });
      caller.webSocket.close();
      const [, id = ""] = await run.until(
        /WebSocket (\S+) opened by arn:aws:iam::123456789012:user\/local\n/,
      );
      await run.until(
        new RegExp(`WebSocket ${id} local\\.echo first delta \\d+ ms, .* in the service, end\n`),
      );
      await run.until(
        new RegExp(`WebSocket ${id} closed with 1005 after \\d+ ms, messages: 1 received, \\d+ sent\n`),
      );
      const [, appSyncUrl = ""] = /GraphQL API\s+(http:\S+)/.exec(run.output()) ?? [];
      const conversation = await openConversation({ appSyncUrl }, { by: { apiKey: "da2-local" } });
      await conversation.ask({ prompt: "x", modelId: "local.echo" });
      conversation.realTime.webSocket.close();
      await run.until(/AppSync Mutation\.startConversation by the API key: ok\n/);
      await run.until(/AppSync answer [\w-]+ local\.echo first delta \d+ ms, .* in the service, end\n/);
      const credentials = { accessKeyId: "local", secretAccessKey: "local" };
      const client = createClient({ url, region: "us-east-1", credentials, retry: { limit: 0 } });
      const ask = () => client.converse({ prompt: "x", modelId: "local.denied" }).result();
      await expect(ask()).rejects.toThrow(/The service may not call this model/);
      const file = join(copy.folder, "lib/stream/bedrock/bedrock-errors.ts");
      const source = await readFile(file, "utf8");
      await writeFile(file, source.replace("The service may not call this model", "Edited"));
      await expect(ask()).rejects.toThrow(/Edited/);
      await writeFile(file, "this does not compile");
      await expect(ask()).rejects.toThrow();
      await run.until(/Cannot build the handler.*bedrock-errors\.ts/s);
      await writeFile(file, source);
      await expect(ask()).rejects.toThrow(/The service may not call this model/);
      run.signal("SIGINT");
      expect(await run.exit).toBe(0);
    } finally {
      await copy.remove();
    }
  });
});

interface StartedEnvironment {
  pid: number;
  runtimeApi: string;
}

/** Finds the execution environments by reading /proc, which every program of the same user can do. */
function environmentsOf(stack: number): StartedEnvironment[] {
  const children = readFileSync(`/proc/${stack}/task/${stack}/children`, "utf8").trim().split(" ");
  return children.map(Number).flatMap((pid) => {
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8");
    const runtimeApi = /(?:^|\0)AWS_LAMBDA_RUNTIME_API=([^\0]+)/.exec(variables)?.[1];
    return runtimeApi === undefined ? [] : [{ pid, runtimeApi }];
  });
}

describe.skipIf(process.platform !== "linux")("Ctrl-C", () => {
  test("Ctrl-C ends the stack within two seconds and without an error, even if its environments hang", async () => {
    const run = start([...anyPorts, "--pace", "1000"]);
    const [, url = ""] = await run.until(/Function URL\s+(http:\S+)[^]*Ctrl-C/);
    const [environment] = environmentsOf(run.pid);
    // A web page could send this request. The Runtime API has to reject it. Otherwise the environment would count as idle, and
    // would get two invocations at the same time.
    const headers = { host: "evil.example", origin: "https://evil.example" };
    const forged = get(`http://${environment!.runtimeApi}/2018-06-01/runtime/invocation/next`, { headers });
    forged.on("error", () => undefined);
    onTestFinished(() => void forged.destroy());
    const answered = once(forged, "response");
    await waitFor("The forged request", once(forged, "finish"));
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = createClient({ url, region: "us-east-1", credentials, retry: { limit: 0 } });
    // Two requests, to detect an environment that is used twice at the same time.
    const ended = [1, 2].map(() =>
      client
        .converse({ prompt: "x", modelId: "local.stall" })
        .result()
        .catch((error: Error) => error.name),
    );
    await waitFor("The answer to the forged request", answered);
    for (const { pid } of environmentsOf(run.pid)) process.kill(pid, "SIGSTOP");
    const startedAt = performance.now();
    // A terminal sends Ctrl-C to every process of the group.
    process.kill(-run.pid, "SIGINT");
    expect(await run.exit).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(scaled(2000));
    expect(run.output()).not.toMatch(/Runtime/);
    for (const name of await Promise.all(ended)) expect(name).toMatch(/Error/);
  });
});

test("npm start -- --help lists every option", async () => {
  const run = start(["--help"]);
  expect(await run.exit).toBe(0);
  for (const option of [
    "port",
    "bedrock-port",
    "websocket-port",
    "appsync-port",
    "once",
    "prompt",
    "model",
    "concurrency",
    "pace",
    "alias",
    "answers",
    "model-server",
    "model-server-key",
    "check-keys",
    "bedrock aws",
    "bedrock URL",
  ]) {
    expect(run.output()).toContain(`--${option}`);
  }
});
