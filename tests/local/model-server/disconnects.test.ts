// Tests that a model server's generation ends when the client disconnects, and that connections are reused.
import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, test } from "vitest";
import { findServedModels } from "../../../lib/local/model-server/index.ts";
import { userSays } from "../../support/callers/bedrock-client.ts";
import { createServiceClient } from "../../support/callers/service-sdk-client.ts";
import { scaledSeconds, waitFor } from "../../support/deadline.ts";
import { answerOf, done, finish, text } from "../../support/frames/chat-answers.ts";
import { hangAfter, sendPieces, startTestChatServer, type Reply } from "../../support/servers/chat-server.ts";
import { startTestBedrock } from "../../support/servers/local-bedrock.ts";
import { startTestStack } from "../../support/servers/local-stack.ts";

/** Never responds, like a large model on a small machine that is still reading the prompt. */
const silent: Reply = () => undefined;

async function start(reply: Reply) {
  const server = await startTestChatServer({ chat: reply });
  const bedrock = await startTestBedrock({ models: await findServedModels(server) });
  return {
    server,
    bedrock,
    sdk: createServiceClient(bedrock.url, { signingName: "bedrock", maxAttempts: 1 }),
  };
}

const command = { modelId: "chat", ...userSays("Hi") };

describe("a model server's generation", () => {
  test.each([
    ["ConverseStream", new ConverseStreamCommand(command)],
    ["Converse", new ConverseCommand(command)],
  ])(
    "a model server's generation ends when a caller of %s leaves before the first token",
    async (_, asked) => {
      const { server, bedrock, sdk } = await start(silent);
      const leaving = new AbortController();
      const request = server.next("chat");
      const answer = sdk
        .send(asked as ConverseCommand, { abortSignal: leaving.signal })
        .catch((error: Error) => error.name);
      const { closed } = await request;
      leaving.abort();
      expect(await waitFor("the end of the generation", closed)).toBe("disconnected");
      expect(await answer).toBe("AbortError");
      await waitFor("the end of the request", bedrock.idle());
    },
  );

  test("a model server's generation ends when a caller leaves in mid-answer", async () => {
    const { server, sdk } = await start(hangAfter([text("Hel")]));
    const leaving = new AbortController();
    const request = server.next("chat");
    const { stream } = await sdk.send(new ConverseStreamCommand(command), { abortSignal: leaving.signal });
    const first = await waitFor("the first event", stream![Symbol.asyncIterator]().next());
    expect(first.value).toHaveProperty("messageStart");
    const { closed } = await request;
    leaving.abort();
    expect(await waitFor("the end of the generation", closed)).toBe("disconnected");
  });

  test("a model server's generation ends when the function's stall timeout is over", async () => {
    const server = await startTestChatServer({ chat: hangAfter([text("Hel")]) });
    const models = await findServedModels(server);
    const variables = { DELTAPIPE_STALL_SECONDS: String(scaledSeconds(1)) };
    const stack = await startTestStack({ bedrock: { kind: "local", options: { models } }, variables });
    try {
      const request = server.next("chat");
      const { lines } = await stack.ask({ prompt: "Hi", modelId: "chat" });
      expect(lines.at(-1)).toMatchObject({ type: "error", error: { name: "UpstreamTimeout" } });
      const { closed } = await request;
      expect(await waitFor("the end of the generation", closed)).toBe("disconnected");
    } finally {
      await stack.close();
    }
  });
});

describe("a connection to a model server", () => {
  test("a connection to a model server is used again after an answer", async () => {
    const connections = new Set<unknown>();
    const reply: Reply = (response) => {
      connections.add(response.socket);
      return sendPieces(answerOf(text("Hello")))(response);
    };
    const { server, sdk } = await start(reply);
    for (let count = 0; count < 3; count++) {
      await waitFor("the answer", sdk.send(new ConverseCommand(command)));
      expect(await waitFor("the response's end", server.asked("chat")[count]!.closed)).toBe("complete");
    }
    expect(connections.size).toBe(1);
  });

  test("the answer ends although the model server keeps the connection open, and then the connection is closed", async () => {
    const { server, sdk } = await start(hangAfter([text("Hello"), finish("stop"), done]));
    const { stopReason } = await waitFor("the answer", sdk.send(new ConverseCommand(command)));
    expect(stopReason).toBe("end_turn");
    expect(await waitFor("the end of the connection", server.asked("chat")[0]!.closed)).toBe("disconnected");
  });
});
