// The local Bedrock's answers, read by AWS's SDK for Python.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBedrock } from "../../lib/local/bedrock/start-bedrock.ts";
import type { LocalBedrock } from "../../lib/local/bedrock/start-bedrock.ts";
import { userSays } from "../support/callers/bedrock-client.ts";
import { waitFor } from "../support/deadline.ts";
import { mixedText } from "../support/frames/mixed-text.ts";
import { playSampleModels } from "../support/frames/sample-models.ts";

interface Boto3Answer {
  events: { contentBlockDelta?: { delta: { text?: string } } }[];
  error?: string;
  status?: number | null;
}

const reader = fileURLToPath(new URL("../support/callers/boto3-reader.py", import.meta.url));
const environment = {
  PATH: process.env["PATH"] ?? "",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
};
const hasBoto3 = spawnSync("python3", ["-c", "import boto3"], { env: environment }).status === 0;

describe.skipIf(!hasBoto3)("boto3", () => {
  const { models, eventsOf } = playSampleModels();
  let bedrock: LocalBedrock;
  let python: ChildProcessWithoutNullStreams;
  let answers: AsyncIterator<string>;
  beforeAll(async () => {
    bedrock = await startBedrock({ deltasPerSecond: Infinity, slowMs: 20, models });
    python = spawn("python3", [reader, bedrock.url], { env: environment });
    python.stderr.pipe(process.stderr);
    // If Python has exited early, the missing answer reports it.
    python.stdin.on("error", () => {});
    answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  });
  afterAll(async () => {
    const exit = once(python, "exit");
    python.stdin.end();
    await waitFor("the end of Python", exit);
    await waitFor("closing", bedrock.close());
  });

  async function converse(modelId: string, text = "send 100"): Promise<Boto3Answer> {
    python.stdin.write(`${JSON.stringify({ modelId, ...userSays(text) })}\n`);
    const { value, done } = await waitFor(`boto3's answer from ${modelId}`, answers.next());
    if (done) throw new Error("boto3 ended without an answer: its standard error says why");
    return JSON.parse(value as string) as Boto3Answer;
  }

  test.each(["local.story", "local.echo", "local.thinking", "local.tool", "local.flood", "local.slow"])(
    "reads from %s exactly the events that were sent",
    async (modelId) => {
      const answer = await converse(modelId);
      expect(answer).toEqual({ events: eventsOf(modelId) });
      expect(answer.events.length).toBeGreaterThan(4);
    },
  );

  test.each([
    ["mixed text", mixedText(20_000)],
    ["halves of emoji", "\ud83d a \ude00 \udc00\ud800"],
  ])("gets %s back from local.echo", async (_, text) => {
    const { events, error } = await converse("local.echo", text);
    expect(error).toBeUndefined();
    expect(events.map((event) => event.contentBlockDelta?.delta.text ?? "").join("") === text).toBe(true);
  });

  test("skips unknown events of local.unknown", async () => {
    const { events, error } = await converse("local.unknown");
    expect(error).toBeUndefined();
    expect(events.map((event) => event.contentBlockDelta?.delta.text ?? "").join("")).toBe("Still here.");
    expect(events.at(-1)).toHaveProperty("metadata");
  });

  test.each([
    ["local.throttled", 429, "ThrottlingException"],
    ["local.denied", 403, "AccessDeniedException"],
    ["local.invalid", 400, "ValidationException"],
    ["local.unavailable", 503, "ServiceUnavailableException"],
    ["local.model-error", 424, "ModelErrorException"],
    ["local.not-ready", 429, "ModelNotReadyException"],
    ["local.model-timeout", 408, "ModelTimeoutException"],
    ["local.not-found", 404, "ResourceNotFoundException"],
    ["local.internal", 500, "InternalServerException"],
    ["local.nobody", 400, "ValidationException"],
  ])("reads the error response of %s: %i %s", async (modelId, status, error) => {
    expect(await converse(modelId)).toEqual({ events: [], error, status });
  });

  test.each([
    ["local.mid-internal", "internalServerException"],
    ["local.mid-model-error", "modelStreamErrorException"],
    ["local.mid-validation", "validationException"],
    ["local.mid-throttling", "throttlingException"],
    ["local.mid-unavailable", "serviceUnavailableException"],
    ["local.first-throttling", "throttlingException"],
    // An error of urllib3, which newer versions of botocore may wrap.
    ["local.cut", /ProtocolError|ResponseStreamingError/],
    ["local.bad-checksum", "ChecksumMismatch"],
    ["local.bad-prelude", "ChecksumMismatch"],
  ])("reports how the stream of %s fails: %s", async (modelId, error) => {
    const answer = await converse(modelId);
    expect(answer.error).toMatch(error);
    expect(answer.events).toHaveLength(modelId === "local.first-throttling" ? 0 : 8);
  });
});
