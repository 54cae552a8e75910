// Tests connections to Bedrock that are refused, reset, slow or silent, or that do not speak HTTP.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scaled, waitFor } from "../support/deadline.ts";
import { assertFaultRow, expectNoLosses, modelOf, outcomeOf } from "../support/matrix/fault-rows.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { fillQueue, startRawUpstream, type RawUpstream } from "../support/servers/raw-upstream.ts";
import { connectionRows as rows } from "./rows/connections.ts";

let upstream: RawUpstream;
let stack: TestStack;
beforeAll(async () => {
  upstream = await startRawUpstream(Object.fromEntries(rows.map((row) => [modelOf(row), row.behavior])));
  const models = ["local.echo", ...rows.map(modelOf)].map((name) => `${name}=${name}`).join(",");
  stack = await startTestStack({
    variables: {
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url,
      DELTAPIPE_MODELS: models,
      DELTAPIPE_FIRST_BYTE_SECONDS: String(scaled(3000) / 1000),
    },
  });
});
afterAll(async () => {
  await stack.close();
  await upstream.close();
});

test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
  "an upstream that %s becomes %s",
  async (_fault, _becomes, row) => {
    const { body } = await assertFaultRow(stack, row, () => upstream.over(modelOf(row)));
    expect(body).not.toMatch(/127\.0\.0\.1|ECONN|Parse Error|socket/);
    expect(upstream.attempts(modelOf(row))).toBe(row.attempts ?? 1);
  },
);

test("no fault of a connection ends an execution environment", () => expectNoLosses(stack));

async function askAt(endpoint: string): Promise<string> {
  const lost = await startTestStack({
    variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoint, DELTAPIPE_CONNECT_SECONDS: "0.5" },
  });
  try {
    const answer = await waitFor("The end", lost.ask({ prompt: "x" }));
    expect(answer.body).not.toMatch(/127\.0\.0\.1|ECONN|invalid/);
    expect(await lost.record(answer.headers.get("x-amzn-requestid") ?? "")).toMatchObject({ status: 502 });
    await expectNoLosses(lost);
    return outcomeOf(answer);
  } finally {
    await lost.close();
  }
}

test("a closed port becomes 502 UpstreamUnreachable", async () => {
  const gone = await startRawUpstream({});
  await gone.close();
  expect(await askAt(gone.url)).toBe("502 UpstreamUnreachable");
});

// Other kernels handle a full queue differently.
test.runIf(process.platform === "linux")(
  "a listener with a full queue becomes 502 UpstreamUnreachable",
  async () => {
    const script = `require("net").createServer().listen(0, "127.0.0.1", 1, function () { console.log(this.address().port) })`;
    const listener = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    const [port] = await waitFor("The listener's port", once(listener.stdout, "data"));
    listener.kill("SIGSTOP");
    const empty = await fillQueue(Number(port), 8);
    try {
      expect(await askAt(`http://127.0.0.1:${Number(port)}`)).toBe("502 UpstreamUnreachable");
    } finally {
      empty();
      listener.kill("SIGKILL");
    }
  },
);
