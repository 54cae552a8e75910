// Asks through the local stack's GraphQL API and collects the answer that arrives through a subscription.
import { randomUUID } from "node:crypto";
import type { Stack } from "../../../lib/local/stack.ts";
import type { Line } from "../../../lib/wire.ts";
import { linesOf, type PushedMessage } from "../push/pushed-lines.ts";
import { caller } from "../servers/local-stack.ts";
import {
  openRealTime,
  post,
  type Api,
  type Authorization,
  type GraphQLResult,
  type RealTimeCaller,
} from "./appsync-caller.ts";

export interface AppSyncAnswer {
  /** The parsed messages, in order of arrival. */
  messages: PushedMessage[];
  /** The text of each line, put together again from the messages. */
  texts: string[];
  lines: Line[];
}

export interface Conversation {
  id: string;
  realTime: RealTimeCaller;
  /** Starts an answer. `request` is a body for `POST /`: its text, or a value that becomes JSON. */
  start(request: unknown): Promise<GraphQLResult>;
  /** Resolves with the next message. */
  next(): Promise<PushedMessage>;
  /** Resolves with the rest of the answer. */
  rest(): Promise<AppSyncAnswer>;
  /** Starts an answer and resolves with all of it. */
  ask(request: unknown): Promise<AppSyncAnswer>;
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

  async function rest(): Promise<AppSyncAnswer> {
    const all: string[] = [];
    do all.push(await nextText());
    while (!isLast(all.at(-1)!));
    const texts = linesOf(all);
    return {
      messages: all.map((text) => JSON.parse(text) as PushedMessage),
      texts,
      lines: texts.map((line) => JSON.parse(line) as Line),
    };
  }

  return {
    id,
    realTime,
    start,
    next: async () => JSON.parse(await nextText()) as PushedMessage,
    rest,
    async ask(request) {
      const { body } = await start(request);
      if (body.errors) throw new Error(`Cannot start: ${JSON.stringify(body.errors)}`);
      return rest();
    },
  };
}

/** Whether the message contains the answer's last line, which is never split into pieces. */
function isLast(text: string): boolean {
  const last = (JSON.parse(text) as PushedMessage).lines?.at(-1)?.type;
  return last === "end" || last === "error";
}
