// Asks questions through the local stack's GraphQL API, and collects the answers that arrive through a subscription.
import { randomUUID } from "node:crypto";
import type { Stack } from "../../../lib/local/stack.ts";
import { readAnswer, type PushedAnswer, type PushedMessage } from "../push/pushed-lines.ts";
import { caller } from "../servers/local-stack.ts";
import {
  openRealTime,
  post,
  type Api,
  type Authorization,
  type GraphQLResult,
  type RealTimeCaller,
} from "./appsync-caller.ts";

export interface Conversation {
  id: string;
  realTime: RealTimeCaller;
  /**
   * Sends the mutation that starts an answer. Resolves with the mutation's result. `request` is a body for `POST /`, either as
   * text or as a value that becomes JSON.
   */
  start(request: unknown): Promise<GraphQLResult>;
  /** Resolves with the next message. */
  next(): Promise<PushedMessage>;
  /** Resolves with the text of the next message. */
  nextText(): Promise<string>;
  /** Resolves with the rest of the answer. */
  rest(): Promise<PushedAnswer>;
  /** Starts an answer and resolves with all of it. */
  ask(request: unknown): Promise<PushedAnswer>;
}

export function apiOf({ appSyncUrl }: Pick<Stack, "appSyncUrl">): Api {
  return { port: Number(new URL(appSyncUrl).port) };
}

/** Resolves when the subscription has started. */
export async function openConversation(
  stack: Pick<Stack, "appSyncUrl">,
  { by = caller, id = randomUUID() }: { by?: Authorization; id?: string } = {},
): Promise<Conversation> {
  const api = apiOf(stack);
  const realTime = await openRealTime(api, by);
  await realTime.next();
  const query = "subscription On($id: ID!) { onMessage(conversationId: $id) { message } }";
  const started = await realTime.start("1", { query, variables: { id } });
  if (started.type !== "start_ack") throw new Error(`Cannot subscribe: ${JSON.stringify(started)}`);

  function start(request: unknown): Promise<GraphQLResult> {
    const text = typeof request === "string" ? request : JSON.stringify(request);
    return post(api, by, {
      query: `mutation Start($input: StartConversationInput!) {
        startConversation(input: $input) { conversationId requestId status }
      }`,
      variables: { input: { conversationId: id, request: text } },
    });
  }

  async function nextText(): Promise<string> {
    const { payload } = await realTime.next();
    return payload!.data!["onMessage"].message;
  }

  const rest = () => readAnswer(nextText);

  return {
    id,
    realTime,
    start,
    next: async () => JSON.parse(await nextText()) as PushedMessage,
    nextText,
    rest,
    async ask(request) {
      const { body } = await start(request);
      if (body.errors) throw new Error(`Cannot start: ${JSON.stringify(body.errors)}`);
      return rest();
    },
  };
}
