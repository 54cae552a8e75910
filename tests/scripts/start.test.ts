// `npm start` as a newcomer runs it: a process of its own, its output, its exit code.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createClient } from "../../lib/client/index.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { copyService } from "../support/deployment/service-copy.ts";
import { anyPorts, start, signalGroup } from "../support/processes/start-command.ts";

describe("--once", () => {
  test("streams the first answer and exits with 0", async () => {
    const run = start([...anyPorts, "--once", "--pace", "1000", "--prompt", "a story about rain"]);
    expect(await run.exit).toBe(0);
    expect(run.output()).toMatch(/> a story about rain/);
    expect(run.output()).toMatch(/ms\), \d+ tokens in, \d+ out, end_turn\n/);
    expect(run.output()).toMatch(/POST \/ 200 local\.story first delta .* ms\), end\n/);
  });

  test("tells the times that its caller had, of which the service's own are a part", async () => {
    const run = start([...anyPorts, "--once", "--pace", "1000"]);
    expect(await run.exit).toBe(0);
    const times = /first delta (\d+) ms \(service (\d+) ms\), total (\d+) ms \(service (\d+) ms\)/g;
    const [answer = [], logged = []] = [...run.output().matchAll(times)].map((match) =>
      match.slice(1).map(Number),
    );
    expect([answer.length, logged.length, answer[1]]).toEqual([4, 4, logged[1]]);
    for (const [firstDelta = 0, inService = 0, total = 0, totalInService = 0] of [answer, logged]) {
      // The first answer waits for a new environment, which the service's own clock does not see.
      expect(firstDelta).toBeGreaterThan(inService + 10);
      expect(total).toBeGreaterThan(totalInService + 10);
      expect(total).toBeGreaterThanOrEqual(firstDelta);
    }
    // Signing and connecting come before what the stack sees.
    expect(answer[0]).toBeGreaterThanOrEqual(logged[0]!);
  });

  test("is not disturbed by DELTAPIPE_URL, which is the command line's", async () => {
    const variables = { DELTAPIPE_URL: "http://127.0.0.1:9000/" };
    const run = start([...anyPorts, "--once", "--model", "local.echo"], { variables });
    expect(await run.exit).toBe(0);
  });

  test.each([
    ["was cut short", "local.cut", /StreamFailedError.*StreamTruncated|ended early/s],
    ["was refused", "local.throttled", /Too many requests/],
  ])("exits with 1 when the answer %s", async (_, model, reason) => {
    const run = start([...anyPorts, "--once", "--model", model]);
    expect(await run.exit).toBe(1);
    expect(run.output()).toMatch(reason);
  });
});

describe("ending", () => {
  test("at Ctrl-C says nothing of the environments, which get it too", async () => {
    const run = start([...anyPorts, "--pace", "1000"]);
    await run.until(/Ctrl-C stops/);
    const before = run.output();
    signalGroup(run.pid, "SIGINT");
    expect(await run.exit).toBe(0);
    expect(run.output().slice(before.length).trim()).toBe("");
    expect(run.output()).not.toContain("Runtime exited");
  });

  test("comes by itself when npm is killed, and the ports are free", async () => {
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

describe("an answer that is interrupted", () => {
  test("is no good end for --once", async () => {
    const run = start([...anyPorts, "--once", "--pace", "1"]);
    await run.until(/On a/);
    run.signal("SIGINT");
    expect(await run.exit).toBe(130);
  });
});

describe("the stack", () => {
  test("says how to use it, serves, runs new code after an edit, and stops at Ctrl-C", async () => {
    const copy = await copyService();
    try {
      const run = start([...anyPorts, "--pace", "1000"], { cwd: copy.folder });
      const [, url = ""] = await run.until(/Function URL\s+(http:\S+)[^]*Ctrl-C/);
      expect(run.output()).toMatch(/curl --aws-sigv4 "aws:amz:us-east-1:lambda" --user local:local/);
      const credentials = { accessKeyId: "local", secretAccessKey: "local" };
      const client = createClient({ url, region: "us-east-1", credentials, retry: { limit: 0 } });
      const ask = () => client.converse({ prompt: "x", modelId: "local.denied" }).result();
      await expect(ask()).rejects.toThrow(/The service may not call this model/);
      const file = join(copy.folder, "lib/stream/bedrock/failures.ts");
      const source = await readFile(file, "utf8");
      await writeFile(file, source.replace("The service may not call this model", "Edited"));
      await expect(ask()).rejects.toThrow(/Edited/);
      await writeFile(file, "this does not compile");
      await expect(ask()).rejects.toThrow();
      await run.until(/Cannot build the handler.*failures\.ts/s);
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

/** As any program of this user finds them. */
function environmentsOf(stack: number): StartedEnvironment[] {
  const children = readFileSync(`/proc/${stack}/task/${stack}/children`, "utf8").trim().split(" ");
  return children.map(Number).flatMap((pid) => {
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8");
    const runtimeApi = /(?:^|\0)AWS_LAMBDA_RUNTIME_API=([^\0]+)/.exec(variables)?.[1];
    return runtimeApi === undefined ? [] : [{ pid, runtimeApi }];
  });
}

describe.skipIf(process.platform !== "linux")("Ctrl-C", () => {
  test("ends the stack within two seconds and without a complaint, whatever was done to its environments", async () => {
    const run = start([...anyPorts, "--pace", "1000"]);
    const [, url = ""] = await run.until(/Function URL\s+(http:\S+)[^]*Ctrl-C/);
    const [environment] = environmentsOf(run.pid);
    const headers = { host: "evil.example", origin: "https://evil.example" };
    const forged = get(`http://${environment!.runtimeApi}/2018-06-01/runtime/invocation/next`, { headers });
    forged.on("error", () => undefined);
    onTestFinished(() => void forged.destroy());
    const answered = once(forged, "response");
    await waitFor("The stranger's turn", once(forged, "finish"));
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = createClient({ url, region: "us-east-1", credentials, retry: { limit: 0 } });
    // Two, so that an environment which was handed out twice would be found out.
    const ended = [1, 2].map(() =>
      client
        .converse({ prompt: "x", modelId: "local.stall" })
        .result()
        .catch((error: Error) => error.name),
    );
    await waitFor("The stranger's answer", answered);
    for (const { pid } of environmentsOf(run.pid)) process.kill(pid, "SIGSTOP");
    const startedAt = performance.now();
    // As the terminal does it: to every process of the group at once.
    process.kill(-run.pid, "SIGINT");
    expect(await run.exit).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(scaled(2000));
    expect(run.output()).not.toMatch(/Runtime/);
    for (const name of await Promise.all(ended)) expect(name).toMatch(/Error/);
  });
});

describe("what the developer can mend is one sentence and exit code 2", () => {
  test("a port that is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const port = String((server.address() as AddressInfo).port);
    for (const [option, args] of [
      ["--port", ["--port", port, "--bedrock-port", "0"]],
      ["--bedrock-port", ["--port", "0", "--bedrock-port", port]],
    ] as const) {
      const run = start([...args, "--once"]);
      expect(await run.exit).toBe(2);
      expect(run.output()).toMatch(
        new RegExp(`^Port ${port} is taken.*, or choose another with ${option}\n$`),
      );
      if (["linux", "darwin"].includes(process.platform)) {
        expect(run.output()).toMatch(
          new RegExp(`taken by process ${process.pid} \\(.+\\): kill ${process.pid} ends it,`),
        );
      }
    }
    server.close();
  });

  test.each([
    [["--port", "x"], /^--port is "x": expected a whole number from 0 to 65535\n$/],
    [["--concurrency", "0"], /^--concurrency is "0"/],
    [["--verbose"], /^Unknown option '--verbose'.*--help/],
    [["--port"], /^Option '--port.*--help/],
    [["story"], /^Unexpected argument 'story'.*--help/],
    [["--bedrock", "gcp"], /^--bedrock is "gcp": expected local, aws or the URL of an endpoint\n$/],
    [["--port", "9212", "--bedrock-port", "9212"], /^--port and --bedrock-port are both 9212: /],
    [["--port", "9001"], /^--port and --bedrock-port are both 9001: .*defaults: 9000 and 9001/],
    [
      ["--model", "none"],
      /^--model is "none": it is not served here; served are local\.story, .* and \d+ more\n$/,
    ],
    [["--model", "local.storry"], /served are local\.story, /],
    [["--bedrock", "aws", "--model", "local.story"], /^--model is .*served are nova-2-lite, gpt-oss-120b\n$/],
    [["--bedrock", "aws", "--pace", "5"], /^--pace is the stand-in's/],
    [["--bedrock", "aws"], /^No AWS credentials for --bedrock aws.*aws configure/],
  ])("%j", async (args, sentence) => {
    const run = start(args);
    expect(await run.exit).toBe(2);
    expect(run.output()).toMatch(sentence);
    expect(run.output().trim().split("\n")).toHaveLength(1);
  });

  test("a setting of the function", async () => {
    const run = start([...anyPorts, "--once"], { variables: { DELTAPIPE_MAX_TOKENS: "many" } });
    expect(await run.exit).toBe(2);
    expect(run.output()).toMatch(
      /^Cannot start: DELTAPIPE_MAX_TOKENS is "many"; set it to a whole number.*\n$/,
    );
  });
});

test("--help lists every option", async () => {
  const run = start(["--help"]);
  expect(await run.exit).toBe(0);
  for (const option of [
    "port",
    "bedrock-port",
    "once",
    "prompt",
    "model",
    "concurrency",
    "pace",
    "bedrock aws",
    "bedrock URL",
  ]) {
    expect(run.output()).toContain(`--${option}`);
  }
});
