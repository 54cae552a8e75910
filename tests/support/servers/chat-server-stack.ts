// A local stack in front of a stand-in for a model server, with one model for each case of a test.
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { findServedModels } from "../../../lib/local/model-server/index.ts";
import { createServiceClient } from "../callers/service-sdk-client.ts";
import { type Reply, startChatServer } from "./chat-server.ts";
import { startTestStack, type TestStack } from "./local-stack.ts";

export interface ChatServerStack {
  stack: TestStack;
  /** Calls the stack's Bedrock, and tries only once. */
  sdk: BedrockRuntimeClient;
  /** The id of the case's model. */
  modelOf(name: string): string;
  close(): Promise<void>;
}

/** `replies` has the model server's reply for each case, by the case's name. */
export async function startChatServerStack(replies: Record<string, Reply>): Promise<ChatServerStack> {
  const names = Object.keys(replies);
  const modelOf = (name: string): string => `case-${names.indexOf(name)}`;
  const server = await startChatServer(
    Object.fromEntries(Object.entries(replies).map(([name, reply]) => [modelOf(name), reply])),
  );
  const models = await findServedModels(server);
  const stack = await startTestStack({ bedrock: { kind: "local", options: { models } } });
  return {
    stack,
    sdk: createServiceClient(stack.bedrock!.url, { signingName: "bedrock", maxAttempts: 1 }),
    modelOf,
    async close() {
      await stack.close();
      await server.close();
    },
  };
}
