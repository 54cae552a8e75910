// Tests each Bedrock client with the local stack: the client reads complete answers, and throws if an answer is incomplete or
// failed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scaled, waitFor } from "../support/deadline.ts";
import { sampleAnswer } from "../support/frames/aws-frames.ts";
import { mixedText } from "../support/frames/mixed-text.ts";
import { scriptedFaults } from "../support/matrix/scripted-faults.ts";
import { serve } from "../support/servers/http-server.ts";
import { recordsOf, startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { type BedrockClient, clients, type Operation, type Outcome } from "./clients.ts";

const limit = String(scaled(2000) / 1000);
const operations: Operation[] = ["ConverseStream", "Converse"];
/** The statuses that AWS's SDKs give to exceptions in a stream. */
const statusesInStream: Record<string, number> = { ValidationException: 400, ModelStreamErrorException: 424 };

describe.each(clients)("$name", ({ isInstalled, reports, readsRedacted, connect }) => {
  if (!isInstalled) return test.skip("the client is not installed here", () => {});
  let stack: TestStack;
  let client: BedrockClient;
  beforeAll(async () => {
    stack = await startTestStack({
      bedrock: { kind: "local", options: { deltasPerSecond: Infinity, slowMs: scaled(1200) } },
      variables: {
        DELTAPIPE_STALL_SECONDS: limit,
        DELTAPIPE_FIRST_BYTE_SECONDS: limit,
        DELTAPIPE_PING_SECONDS: "0.2",
      },
    });
    client = await connect(stack.url);
  });
  afterAll(async () => {
    await client.close();
    await stack.close();
  });

  function ask(operation: Operation, modelId: string, prompt: string): Promise<Outcome> {
    return waitFor(`${operation} of ${modelId}`, client.ask(operation, modelId, prompt));
  }

  /** The number of requests for a model. Waits for the first one. */
  async function requestsFor(operation: Operation, modelId: string): Promise<number> {
    const callerArn = "arn:aws:iam::123456789012:user/local";
    const start = JSON.stringify({ operation, callerArn, model: modelId }).slice(1, -1);
    await stack.record(start);
    return recordsOf(stack.log, start).length;
  }

  test.each(operations)(
    "the client throws if the connection breaks during an answer to %s",
    async (operation) => {
      const isStream = operation === "ConverseStream";
      const server = await serve((request, response) => {
        request.resume().on("end", () => {
          const type = isStream ? "application/vnd.amazon.eventstream" : "application/json";
          response.writeHead(200, { "content-type": type });
          const bytes = isStream
            ? Buffer.concat(sampleAnswer.slice(0, 4))
            : '{"output":{"message":{"role":"assis';
          response.write(bytes, () => response.destroy());
        });
      });
      const connected = await connect(server.url);
      const { text, error } = await waitFor(operation, connected.ask(operation, "local.story", "Hi"));
      await connected.close();
      await server.close();
      expect(text).toBeUndefined();
      expect(error).toBeDefined();
    },
  );

  describe.each(operations)("with %s", (operation) => {
    test.concurrent.each([
      ["a story", "local.story", /^On a hill above the sea[^]* rain[^]*how it goes\."$/],
      ["text that comes after a silence and pings", "local.slow", /\w/],
    ])("the client reads %s", async (_, modelId, expected) => {
      const { text, error } = await ask(operation, modelId, "A story about rain");
      expect(error).toBeUndefined();
      expect(text).toMatch(expected);
    });

    test.concurrent("the client reads 200 KB of mixed text unchanged", async () => {
      const sent = mixedText(200_000);
      const { text, error } = await ask(operation, "local.echo", sent);
      expect(error).toBeUndefined();
      expect(text === sent).toBe(true);
    });

    test.concurrent(
      "the client reads reasoning with a redacted block, or throws if it cannot read such a block",
      async () => {
        const { text, error } = await ask(operation, "local.thinking", "A story about rain");
        if (readsRedacted(operation)) expect(text).toMatch(/the answer is yes\.$/);
        else expect(error).toBeDefined();
      },
    );

    test.concurrent.each(scriptedFaults)(
      "the client throws for the model %s",
      async (modelId, inStream, inConverse, attempts) => {
        const [name, status = statusesInStream[name]] = operation === "Converse" ? inConverse : inStream;
        const { text, error } = await ask(operation, modelId, "A story about rain");
        expect(text).toBeUndefined();
        expect(error).toBeDefined();
        if (reports === "name") expect(error?.name?.toLowerCase()).toBe(name.toLowerCase());
        if (reports === "status") expect(error?.status).toBe(status);
        // Clients repeat only requests that Bedrock rejected. Requests for an unknown model cannot be counted, because the
        // model's name is not logged.
        if (attempts !== undefined || modelId === "local.nobody") return;
        expect(await requestsFor(operation, modelId)).toBe(1);
      },
    );
  });
});
