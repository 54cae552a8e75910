// Tests `deltapipe ask --resume`, `chat --resume` and `cancel` with lost connections, Ctrl-C and killed processes.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { delta, event, type ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { waitFor } from "../support/deadline.ts";
import { collectOutput } from "../support/processes/child-output.ts";
import { type LocalCommandLine, startLocalCommandLine } from "../support/processes/local-command-line.ts";
import { startCuttingProxy } from "../support/servers/cutting-proxy.ts";
import { startTestStack } from "../support/servers/local-stack.ts";

/** Sends words until its caller disconnects. */
const endless: ScriptedModel = {
  description: "of a test",
  *script(request) {
    yield event("messageStart", { role: "assistant" });
    for (let word = 0; !request.disconnected.aborted; word++) {
      yield delta(0, { text: `word ${word} ` });
      yield { do: "pause", milliseconds: 20 };
    }
  },
};

const story = /^On a hill above the sea[^]*rain[^]*\n$/;
const prompt = "A story about rain";

let local: LocalCommandLine;
beforeAll(async () => {
  const options = { deltasPerSecond: 100, models: { endless } };
  local = await startLocalCommandLine({ answerStore: {}, bedrock: { kind: "local", options } });
});
afterAll(() => local.remove());

async function callsDuring(work: () => Promise<void>): Promise<number> {
  await waitFor("the end of earlier calls", local.stack.bedrock!.idle());
  const before = local.stack.bedrock!.statistics.requests;
  await work();
  await waitFor("the end of all calls", local.stack.bedrock!.idle());
  return local.stack.bedrock!.statistics.requests - before;
}

function start(args: string[]) {
  const child = local.start(args, { variables: { DELTAPIPE_URL: local.stack.url } });
  child.stdin.end();
  return { child, ...collectOutput(child) };
}

describe("ask --resume", () => {
  test("ask --resume prints the whole answer although the connection is lost twice", async () => {
    const proxy = await startCuttingProxy(local.stack.url, (index) => ({
      afterBytes: [0, 900][index] ?? Infinity,
    }));
    const calls = await callsDuring(async () => {
      const { code, stdout, stderr } = await local.run(["ask", "--url", proxy.url, "--resume", prompt]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(story) as string });
      expect(stderr).toMatch(/^first delta .* end_turn\n$/);
    });
    expect(calls).toBe(1);
  });

  test("ask --resume stops the answer on the service at Ctrl-C, and exits with 130", async () => {
    const asking = start(["ask", "--resume", "--model", "endless", "x"]);
    await asking.until(/word 3/);
    asking.child.kill("SIGINT");
    expect(await asking.exit).toBe(130);
    expect(asking.output()).toContain("Stopped\n");
    await waitFor("the end of the call to Bedrock", local.stack.bedrock!.idle());
  });

  test("ask --resume exits with 3 if the service keeps no answers, and says what to do", async () => {
    const stack = await startTestStack();
    const { code, stdout, stderr } = await local.run(["ask", "--url", stack.url, "--resume", "x"]);
    await stack.close();
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(
      /^Cannot resume .*the service keeps no answers; deploy it with answerRetentionMinutes, or/,
    );
  });
});

describe("ask --idempotency-key", () => {
  test("ask --idempotency-key prints the whole answer that a killed process began, and the model is called once", async () => {
    const args = ["ask", "--idempotency-key", crypto.randomUUID(), prompt];
    const calls = await callsDuring(async () => {
      const killed = start(args);
      await killed.until(/On a hill/);
      killed.child.kill("SIGKILL");
      await killed.exit;
      const second = start(args);
      expect(await second.exit).toBe(0);
      expect(second.output()).toMatch(/^On a hill above the sea[^]*rain[^]*end_turn/);
    });
    expect(calls).toBe(1);
  });

  test("ask --idempotency-key exits with 3 if the key belongs to another prompt", async () => {
    const key = crypto.randomUUID();
    expect(await start(["ask", "--idempotency-key", key, prompt]).exit).toBe(0);
    const other = start(["ask", "--idempotency-key", key, "Another prompt"]);
    expect(await other.exit).toBe(3);
    expect(other.output()).toMatch(/IdempotentParameterMismatch/);
  });
});

describe("cancel", () => {
  test("cancel stops an answer that another process prints, and says whether the answer had already ended", async () => {
    const key = crypto.randomUUID();
    const asking = start(["ask", "--idempotency-key", key, "--model", "endless", "x"]);
    await asking.until(/word 3/);
    const first = start(["cancel", key]);
    expect(await first.exit).toBe(0);
    expect(first.output()).toBe("Cancelled\n");
    expect(await asking.exit).toBe(7);
    expect(asking.output()).toMatch(/The stream failed with Cancelled: .*; the printed answer is incomplete/);
    const second = start(["cancel", key]);
    expect(await second.exit).toBe(0);
    expect(second.output()).toBe("The answer had already ended\n");
  });

  test("cancel exits with 3 for a key without an answer", async () => {
    const cancelling = start(["cancel", crypto.randomUUID()]);
    expect(await cancelling.exit).toBe(3);
    expect(cancelling.output()).toMatch(/AnswerNotFound/);
  });
});

describe("chat --resume", () => {
  test("chat --resume prints whole answers although the connection is lost in each of them", async () => {
    const proxy = await startCuttingProxy(local.stack.url, (index) =>
      index % 2 === 0 ? { afterBytes: 900 } : {},
    );
    const input = `${prompt}\n${prompt}\n`;
    const { code, stdout } = await local.run(["chat", "--url", proxy.url, "--resume"], { input });
    expect(code).toBe(0);
    expect(stdout.match(/On a hill above the sea/g)).toHaveLength(2);
    expect(proxy.bodies).toHaveLength(4);
  });
});
