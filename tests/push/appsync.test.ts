// Tests the function behind the GraphQL API from end to end: a question, the messages that the function publishes, and the log
// record.
import { afterEach, describe, expect, test } from "vitest";
import { delta, event, type Step } from "../../lib/local/bedrock/script.ts";
import { generousSeconds } from "../support/deadline.ts";
import {
  callerArn,
  conversationId,
  requestId,
  startAppSyncService,
  type AppSyncService,
  type Published,
} from "../support/servers/appsync-service.ts";
import { secondsOf, type PushServiceOptions } from "../support/servers/push-service.ts";

let service: AppSyncService;
afterEach(() => service.close());

const prompt = (modelId: string, text = "A story about rain") => JSON.stringify({ prompt: text, modelId });

async function start(apiKey: boolean, options: PushServiceOptions = {}): Promise<void> {
  const names = ["local.story", "local.throttled", "local.mid-internal", "local.flood", "local.echo"];
  service = await startAppSyncService(apiKey, {
    ...options,
    variables: {
      DELTAPIPE_MODELS: [...names, "test.long"].map((name) => `${name}=${name}`).join(","),
      DELTAPIPE_CALLER_STALL_SECONDS: String(generousSeconds),
      ...options.variables,
    },
  });
}

/** Waits until Bedrock has nothing left to do. Returns the only log record, and checks that no request had a fault. */
async function record() {
  await service.bedrock.idle();
  expect(service.faults).toEqual([]);
  expect(service.records).toHaveLength(1);
  return service.records[0]!;
}

function textOfLines(): string {
  return service
    .lines()
    .map((line) => (line["delta"] as { text?: string } | undefined)?.text ?? "")
    .join("");
}

describe("a question", () => {
  test("a question is answered in messages to its owner, with the request id that the caller already has", async () => {
    await start(false);
    await service.ask(prompt("local.story"));
    const types = service.lines().map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual(["start", "messageStart", "contentBlockDelta"]);
    expect(service.lines().at(-1)).toMatchObject({ type: "end", stopReason: "end_turn" });
    const { run } = service.messages()[0]!;
    for (const [seq, message] of service.messages().entries()) {
      expect(message).toMatchObject({ requestId, run, seq });
    }
    for (const each of service.published) {
      expect(each).toEqual({ conversationId, owner: `iam:${callerArn}`, message: each.message });
    }
    expect(service.lines()[0]).toMatchObject({ requestId, modelId: "local.story" });
    expect(await record()).toMatchObject({
      record: "request",
      operation: "AppSync",
      requestId,
      callerArn,
      owner: `iam:${callerArn}`,
      status: 200,
      outcome: "end",
    });
  });

  test("a question with the API key also gets the answer's text in separate fields, and the log omits the conversation", async () => {
    await start(true);
    await service.ask(prompt("local.story"), "key");
    expectText("end_turn");
    const found = await record();
    expect(found).toMatchObject({ owner: "key", callerArn: undefined, outcome: "end" });
    expect(JSON.stringify(found)).not.toContain(conversationId);
  });

  test("a question that Lambda delivers twice is answered twice with the same request id, each time with another run", async () => {
    await start(false);
    await service.ask(prompt("local.story"));
    await service.ask(prompt("local.story"));
    const runs = new Set(service.messages().map(({ run }) => run));
    expect(runs.size).toBe(2);
    expect(new Set(service.messages().map((message) => message.requestId))).toEqual(new Set([requestId]));
  });

  test.each([
    ["invalid JSON", "{", "InvalidRequest"],
    ["no prompt", "{}", "InvalidRequest"],
    ["an unknown model", prompt("other"), "ModelNotAllowed"],
    ["more bytes than the service allows", prompt("local.story", "x".repeat(2000)), "PayloadTooLarge"],
  ])("a question with %s gets one error line as its only message", async (_, body, name) => {
    await start(true, { variables: { DELTAPIPE_MAX_REQUEST_BYTES: "1000" } });
    await service.ask(body, "key");
    expect(service.lines()).toEqual([
      { type: "error", error: expect.objectContaining({ name, requestId }) as unknown },
    ]);
    const [published] = service.published;
    expect(published).toMatchObject({ seq: 0, data: "", chunk: "", errorName: name, stopReason: null });
    expect(published!.errorMessage).toMatch(/./);
    expect(await record()).toMatchObject({ outcome: name });
  });

  test("an event that does not come from the GraphQL API is refused with an error that names the mutation to call", async () => {
    await start(false);
    await expect(service.invoke({ prompt: "x" })).rejects.toThrow(
      "Cannot answer this event: it did not come from the GraphQL API; call its mutation startConversation",
    );
  });
});

describe("Bedrock's failure", () => {
  test.each([
    ["before the first line", "local.throttled", "ThrottlingException"],
    ["within the answer", "local.mid-internal", "InternalServerException"],
  ])("Bedrock's failure %s is reported to subscribers in the last message", async (_, modelId, name) => {
    await start(true);
    await service.ask(prompt(modelId), "key");
    expect(service.lines().at(-1)).toMatchObject({ type: "error", error: { name } });
    expect(service.published.at(-1)).toMatchObject({ errorName: name, stopReason: null });
    for (const { errorName } of service.published.slice(0, -1)) expect(errorName).toBeNull();
    expect(await record()).toMatchObject({ outcome: name });
  });
});

describe("the text of an answer", () => {
  const hard = 'Zeile 1\r\n\n\tZeile 2: "Anführung", \\Backslash\\, \u0000 \u001f \u2028 𝒳 👩‍👩‍👧 ';

  test("the text of an answer keeps every character, including line breaks and spaces at its ends", async () => {
    await start(true);
    await service.ask(prompt("local.echo", hard), "key");
    expect(service.published.map(({ data }) => data).join("")).toBe(hard);
    expectText("end_turn");
  });

  test("a delta too long for one message is sent in several messages, each with its piece of the text", async () => {
    const long = hard.repeat(3000);
    const steps: Step[] = [
      event("messageStart", { role: "assistant" }),
      delta(0, { text: long }),
      delta(0, { text: "x" }),
      event("messageStop", { stopReason: "max_tokens" }),
      event("metadata", { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }),
    ];
    const models = { "test.long": { description: "of a test", script: () => steps } };
    await start(true, { bedrock: { models } });
    await service.ask(prompt("test.long"), "key");
    expect(service.published.map(({ data }) => data).join("")).toBe(`${long}x`);
    expectText("max_tokens");
    const withText = service.published.filter(({ data }) => data !== "");
    expect(withText.length).toBeGreaterThan(5);
    for (const { message, data } of service.published) {
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(32_000);
      expect(Buffer.byteLength(data ?? "")).toBeLessThanOrEqual(32_000);
    }
  });

  test("the text of 5,000 deltas arrives complete and in order", async () => {
    await start(true);
    await service.ask(prompt("local.flood", "5000"), "key");
    expect(service.lines().filter(({ type }) => type === "contentBlockDelta")).toHaveLength(5000);
    expectText("end_turn");
  });
});

/** Checks that the text fields have the text of the lines, and that only the last message has the stop reason. */
function expectText(stopReason: string): void {
  expect(service.published.map(({ data }) => data).join("")).toBe(textOfLines());
  for (const [seq, each] of service.published.entries()) {
    const isLast = seq === service.published.length - 1;
    const { data } = each;
    const { run } = service.messages()[0]!;
    expect(each).toMatchObject({ chatId: conversationId, chunk: data, requestId, run, seq, errorName: null });
    expect(each.stopReason).toBe(isLast ? stopReason : null);
  }
}

describe("a mutation", () => {
  const answerWith = (status: number, body: object | string) => (response: Response) =>
    Boolean(response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body)));
  type Response = Parameters<Parameters<AppSyncService["onPublish"]>[0]>[0];
  const unauthorized = {
    data: { publish: null },
    errors: [{ errorType: "Unauthorized", message: "Not Authorized to access publish on type Mutation" }],
  };

  test.each([
    ["429", answerWith(429, { errors: [{ errorType: "TooManyRequestsException" }] })],
    ["500", answerWith(500, {})],
    ["a page instead of JSON", answerWith(200, "<html>")],
    ["a broken connection", (response: Response) => Boolean(response.destroy())],
  ])(
    "a mutation that gets %s is sent again until AppSync takes it, and no text is lost or repeated",
    async (_, fail) => {
      await start(true);
      service.onPublish((response, count) => count <= 3 && fail(response));
      await service.ask(prompt("local.story"), "key");
      expect(service.attempts()).toBe(service.published.length + 3);
      expectText("end_turn");
      expect(await record()).toMatchObject({ outcome: "end" });
    },
  );

  test("a mutation whose response is lost is repeated with the same number and the same text", async () => {
    await start(true, { bedrock: { deltasPerSecond: 200 } });
    const lost: Published[] = [];
    service.onPublish((response, count, published) => {
      if (count === 2) lost.push(published);
      return count === 2 && Boolean(response.destroy());
    });
    await service.ask(prompt("local.story"), "key");
    expect(service.published[1]).toEqual({ ...lost[0] });
    expectText("end_turn");
  });

  test("a mutation that always fails ends the answer with DeliveryFailed, and ends the call to Bedrock", async () => {
    await start(true, { variables: { DELTAPIPE_CALLER_STALL_SECONDS: secondsOf(300) } });
    service.onPublish((response, count) => count > 1 && answerWith(500, {})(response));
    await service.ask(prompt("local.flood", "1000000"), "key");
    expect(await record()).toMatchObject({ outcome: "DeliveryFailed", detail: "Unknown (HTTP 500)" });
    expect(service.bedrock.statistics).toMatchObject({ completed: 0, aborted: 1 });
  });

  test.each([
    ["GraphQL's error Unauthorized", answerWith(200, unauthorized), "Unauthorized (GraphQL)"],
    ["403", answerWith(403, { __type: "AccessDeniedException" }), "AccessDeniedException (HTTP 403)"],
  ])(
    "a mutation that gets %s is not sent again, and a last message reports the failure",
    async (_, refuse, detail) => {
      await start(true, { bedrock: { deltasPerSecond: 200 } });
      service.onPublish((response, count) => count === 2 && refuse(response));
      await service.ask(prompt("local.story"), "key");
      expect(await record()).toMatchObject({ outcome: "DeliveryFailed", detail });
      expect(service.published.at(-1)).toMatchObject({ seq: 1, errorName: "DeliveryFailed", data: "" });
      expect(service.attempts()).toBe(3);
    },
  );
});
