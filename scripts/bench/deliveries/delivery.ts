// The product's ways to deliver an answer, each with a caller that reads its deltas.
import { randomUUID } from "node:crypto";
import { request } from "undici";
import { createAppSyncClient } from "../../../lib/client/appsync/index.ts";
import type { Client } from "../../../lib/client/index.ts";
import { createWebSocketClient } from "../../../lib/client/websocket/index.ts";
import type { Lambda } from "../../../lib/local/lambda/index.ts";
import type { Stack } from "../../../lib/local/stack.ts";
import { signRequest } from "../../../lib/signer/index.ts";
import type { Pieces } from "../body-readers.ts";
import type { RequestedAnswer } from "../upstream-model.ts";

export interface Delivery {
  name: string;
  /** Runs the function of this delivery. */
  lambda: Lambda;
  /** Resolves with the pieces of the answer, which arrive while they are read. */
  ask(answer: RequestedAnswer): Promise<Pieces>;
  /** Rejects if the last answer was not kept. Absent if the delivery keeps no answers. */
  checkKept?(): Promise<void>;
}

export const caller = { accessKeyId: "local", secretAccessKey: "local" };
export const region = "us-east-1";

/** No answer takes that long. */
const patienceMs = 60_000;

/** The deliveries over HTTP. */
export function httpDeliveries({ url, lambda }: Stack): Delivery[] {
  return [
    {
      name: "Function URL",
      lambda,
      ask: (answer) => post(url, { prompt: JSON.stringify(answer) }),
    },
    {
      name: "Bedrock's path",
      lambda,
      ask(answer) {
        const messages = [{ role: "user", content: [{ text: JSON.stringify(answer) }] }];
        return post(`${url}model/bench/converse-stream`, { messages });
      },
    },
  ];
}

/** The Function URL with answers that are kept: each request has a key of its own. The stack needs the answer store. */
export function keptDelivery({ url, lambda }: Pick<Stack, "url" | "lambda">): Delivery {
  const name = "Function URL, answer kept";
  let last: object;
  return {
    name,
    lambda,
    ask(answer) {
      last = { prompt: JSON.stringify(answer), idempotencyKey: randomUUID() };
      return post(url, last);
    },
    async checkKept() {
      // With fromLine, the service reads only the table and never calls Bedrock.
      let text = "";
      for await (const piece of await post(url, { ...last, fromLine: 1 })) text += piece.toString("latin1");
      const ending = text.slice(text.lastIndexOf("\n", text.length - 2) + 1);
      if (!ending.startsWith('{"type":"end"'))
        throw new Error(`Cannot measure ${name}: the kept answer has no end; check the function's log`);
    },
  };
}

/** The deliveries in messages. Also returns a function that closes their connections. */
export function messageDeliveries(stack: Stack, suffix: string): { deliveries: Delivery[]; close(): void } {
  const webSocket = createWebSocketClient({ url: stack.webSocketUrl, region, credentials: caller });
  const appSync = createAppSyncClient({ url: stack.appSyncUrl, apiKey: stack.appSyncApiKey });
  return {
    deliveries: [
      { name: `WebSocket${suffix}`, lambda: stack.webSocketLambda, ask: askWith(webSocket) },
      { name: `AppSync${suffix}`, lambda: stack.appSyncLambda, ask: askWith(appSync) },
    ],
    close() {
      webSocket.close();
      appSync.close();
    },
  };
}

async function post(url: string, body: object): Promise<Pieces> {
  const text = JSON.stringify(body);
  const signed = { method: "POST", url, body: text, headers: { "content-type": "application/json" } };
  const headers = await signRequest(signed, { credentials: caller, region, service: "lambda" });
  const response = await request(url, {
    method: "POST",
    headers,
    body: text,
    signal: AbortSignal.timeout(patienceMs),
  });
  if (response.statusCode === 200) return response.body;
  await response.body.dump();
  const found = `found status ${response.statusCode}`;
  throw new Error(`Cannot measure ${new URL(url).pathname}: ${found}; check the function's log`);
}

function askWith({ converse }: Pick<Client, "converse">) {
  return async (answer: RequestedAnswer): Promise<Pieces> =>
    converse({ prompt: JSON.stringify(answer) }, { signal: AbortSignal.timeout(patienceMs) }).textStream();
}
