// What can go wrong upstream, through the whole stack: the status or the last line, in time, and life after it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { within } from "./support/deadline.ts";
import { readAnswer, startTestStack, type Answer, type TestStack } from "./support/local-stack.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    concurrency: 1,
    service: { timeoutSeconds: 20 },
    variables: { DELTAPIPE_STALL_SECONDS: "0.5", DELTAPIPE_FIRST_BYTE_SECONDS: "1.5" },
  });
  await stack.ask({ prompt: "x", modelId: "local.echo" });
});
afterAll(() => stack.close());

/** The fault's answer; then that it was logged, that nothing is left upstream, and that the same environment lives. */
async function suffer(modelId: string): Promise<Answer> {
  const before = stack.lambda.environments();
  const answer = await within(8000, `The end of ${modelId}`, stack.ask({ prompt: "x", modelId }));
  const record = await stack.record(answer.headers.get("x-amzn-requestid") ?? "");
  expect(record).toMatchObject({ model: modelId, status: answer.status, outcome: errorOf(answer)["name"] });
  expect(stack.log.filter((line) => line.includes(String(record["requestId"])))).toHaveLength(1);
  await within(2000, "Bedrock's rest", stack.bedrock!.idle());
  expect((await stack.ask({ prompt: "x", modelId: "local.echo" })).lines.at(-1)?.type).toBe("end");
  expect(stack.lambda.environments()).toEqual(before);
  return answer;
}

function errorOf({ lines }: Answer): Record<string, unknown> {
  const last = lines.at(-1);
  return last?.type === "error" ? { ...last.error } : {};
}

describe("before the first line a fault is a status", () => {
  test.each([
    ["local.throttled", 429, "ThrottlingException", true],
    ["local.not-ready", 429, "ModelNotReadyException", true],
    ["local.invalid", 400, "ValidationException", false],
    ["local.denied", 502, "UpstreamAccessDenied", false],
    ["local.not-found", 502, "ResourceNotFoundException", false],
    ["local.internal", 502, "InternalServerException", true],
    ["local.html", 502, "UpstreamInvalid", false],
    ["local.model-error", 424, "ModelErrorException", false],
    ["local.unavailable", 503, "ServiceUnavailableException", true],
    ["local.model-timeout", 504, "ModelTimeoutException", true],
    ["local.first-throttling", 429, "ThrottlingException", true],
    ["local.mute", 504, "UpstreamTimeout", true],
  ])("%s is %i %s", async (modelId, status, name, retryable) => {
    const answer = await suffer(modelId);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("retry-after")).toBe(status === 429 ? "5" : null);
    expect(answer.lines).toHaveLength(1);
    expect(errorOf(answer)).toMatchObject({
      name,
      retryable,
      requestId: answer.headers.get("x-amzn-requestid"),
    });
  });

  test("that tells no ARN and no account id, which the log has", async () => {
    const answer = await suffer("local.denied");
    expect(answer.body).not.toMatch(/arn:|\d{12}/);
    const record = await stack.record(answer.headers.get("x-amzn-requestid") ?? "");
    expect(record["detail"]).toMatch(/AccessDeniedException.*arn:aws:.*\d{12}/);
  });
});

describe("in mid-stream a fault is one last line", () => {
  test.each([
    ["local.mid-internal", "InternalServerException", true],
    ["local.mid-model-error", "ModelStreamErrorException", true],
    ["local.mid-validation", "ValidationException", false],
    ["local.mid-throttling", "ThrottlingException", true],
    ["local.mid-unavailable", "ServiceUnavailableException", true],
    ["local.cut", "StreamTruncated", true],
    ["local.half-frame", "StreamTruncated", true],
    ["local.unfinished", "StreamTruncated", true],
    ["local.bad-checksum", "StreamCorrupt", true],
    ["local.bad-prelude", "StreamCorrupt", true],
    ["local.not-json", "StreamCorrupt", true],
    ["local.stall", "UpstreamTimeout", true],
  ])("%s is %s", async (modelId, name, retryable) => {
    const answer = await suffer(modelId);
    expect(answer.status).toBe(200);
    expect(answer.lines[0]?.type).toBe("start");
    expect(answer.lines.some(({ type }) => type === "contentBlockDelta")).toBe(true);
    expect(answer.lines.filter(({ type }) => type === "error" || type === "end")).toHaveLength(1);
    expect(errorOf(answer)).toMatchObject({ name, retryable });
  });

  test("local.silence is UpstreamTimeout after a start line", async () => {
    const answer = await suffer("local.silence");
    expect(answer.lines.map(({ type }) => type)).toEqual(["start", "error"]);
    expect(errorOf(answer)["name"]).toBe("UpstreamTimeout");
  });
});

describe("an upstream that is not there", () => {
  test("is UpstreamUnreachable, and its address is told to the log alone", async () => {
    // A port that was free a moment ago.
    const gone = await startTestStack({ bedrock: { kind: "local" } });
    await gone.bedrock!.close();
    const answer = await gone.ask({ prompt: "x" });
    await gone.close();
    expect(answer.status).toBe(502);
    expect(errorOf(answer)).toMatchObject({ name: "UpstreamUnreachable", retryable: true });
    expect(answer.body).not.toContain("127.0.0.1");
  });
});

describe("the function's own deadline", () => {
  test("comes before Lambda's, in mid-stream and before the first line", async () => {
    const short = await startTestStack({
      service: { timeoutSeconds: 3 },
      variables: { DELTAPIPE_DEADLINE_MARGIN_SECONDS: "2" },
    });
    try {
      const answers = await Promise.all(
        ["local.stall", "local.mute"].map((modelId) => short.ask({ prompt: "x", modelId })),
      );
      expect(answers.map(errorOf).map(({ name }) => name)).toEqual(["DeadlineExceeded", "DeadlineExceeded"]);
      expect(answers.map(({ status }) => status)).toEqual([200, 504]);
      await within(2000, "Bedrock's rest", short.bedrock!.idle());
      expect(short.lambda.environments().started).toBe(2);
    } finally {
      await short.close();
    }
  });
});

describe("a caller", () => {
  test("who never reads holds no environment for ever", async () => {
    const strict = await startTestStack({ variables: { DELTAPIPE_CALLER_STALL_SECONDS: "0.5" } });
    try {
      const response = await strict.send({ prompt: "1000000", modelId: "local.flood" });
      const id = response.headers.get("x-amzn-requestid") ?? "";
      expect(await strict.record(id)).toMatchObject({ outcome: "CallerStalled" });
      await within(5000, "Bedrock's rest", strict.bedrock!.idle());
      // The stream was cut: no last line makes it look whole.
      await expect(readAnswer(response)).rejects.toThrow();
      expect((await strict.ask({ prompt: "x", modelId: "local.echo" })).lines.at(-1)?.type).toBe("end");
    } finally {
      await strict.close();
    }
  });
});
