// The WebSocket function together with everything it calls: the local Bedrock, a server for @connections, and a server for
// Lambda's Invoke API. Both servers check each signature with AWS's own implementation and record what they get.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { vi } from "vitest";
import { verifyFor } from "../../../lib/local/bedrock/index.ts";
import {
  startBedrock,
  type BedrockOptions,
  type LocalBedrock,
} from "../../../lib/local/bedrock/start-bedrock.ts";
import type { RequestRecord } from "../../../lib/stream/log.ts";
import { scaled, waitFor } from "../deadline.ts";
import { findFault } from "../requests/wire-verifier.ts";
import { linesOf, type PushedMessage } from "../push/pushed-lines.ts";
import { readBody, serve } from "./http-server.ts";

/** A message as the function posted it. */
export interface Posted {
  connectionId: string;
  /** By `performance.now()`. */
  at: number;
  text: string;
  message: PushedMessage;
}

/**
 * Either answers a request and returns true, or returns false, and the request gets the usual success. `count` is the number
 * of requests so far, including this one.
 */
export type Intercept = (response: ServerResponse, count: number, posted: Posted) => boolean;

export interface WebSocketServiceOptions {
  variables?: Record<string, string>;
  bedrock?: BedrockOptions;
  /** Lambda's timeout. Default: 900 s. */
  timeoutMs?: number;
}

export interface WebSocketService {
  bedrock: LocalBedrock;
  /** Messages that were taken, in order of arrival. */
  posts: Posted[];
  /** The function's log records. */
  records: RequestRecord[];
  /** The events of asynchronous invocations. */
  jobs: { job: Record<string, unknown> }[];
  /** Faults in signatures, and requests to unknown paths. */
  faults: string[];
  /** The lines of all messages, parsed. */
  lines(): { type: string; [more: string]: unknown }[];
  /** The number of posts, including those that were not taken. */
  attempts(): number;
  /** The number of connections over which the posts came. */
  connections(): number;
  onPost(intercept: Intercept): void;
  onInvoke(intercept: (response: ServerResponse, count: number) => boolean): void;
  /** Invokes the function with a message on a connection, as API Gateway does. Resolves with what it returns. */
  send(text: string, connectionId?: string): Promise<unknown>;
  /** Invokes the function with any event. */
  invoke(event: unknown, requestId?: string): Promise<unknown>;
  /** Resolves when the condition holds. It is checked after each post and each record. */
  until(label: string, condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const region = "eu-west-1";
const credentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "token/with+chars==",
};
export const connectionId = "L0SM9cOFvHcCIhw=";
export const callerArn = "arn:aws:iam::123456789012:user/ida";

/**
 * Start only one service at a time: it sets environment variables. The handler reads its settings when it is imported, so
 * each service imports a new copy of it.
 */
export async function startWebSocketService(
  options: WebSocketServiceOptions = {},
): Promise<WebSocketService> {
  const { variables = {}, timeoutMs = 900_000 } = options;
  const posts: Posted[] = [];
  const records: RequestRecord[] = [];
  const jobs: WebSocketService["jobs"] = [];
  const faults: string[] = [];
  const watchers = new Set<() => void>();
  const check = () => watchers.forEach((watcher) => watcher());
  const counts = { posts: 0, invocations: 0 };
  const sockets = new Set<unknown>();
  let interceptPost: Intercept = () => false;
  let interceptInvoke = (_response: ServerResponse, _count: number): boolean => false;

  const bedrock = await startBedrock({
    deltasPerSecond: Infinity,
    credentials,
    verify: verifyFor(region),
    ...options.bedrock,
  });

  const api = await serve(async (request, response) => {
    const body = await readBody(request);
    const [, id] = /^\/v1\/@connections\/([^/?]+)$/.exec(request.url ?? "") ?? [];
    if (!(await isSigned(request, body, "execute-api")) || id === undefined) {
      faults.push(`${request.method} ${request.url}`);
      return void response.writeHead(403).end();
    }
    const text = body.toString();
    const message = JSON.parse(text) as PushedMessage;
    sockets.add(request.socket);
    const posted = { connectionId: decodeURIComponent(id), at: performance.now(), text, message };
    counts.posts++;
    if (!interceptPost(response, counts.posts, posted)) {
      posts.push(posted);
      response.end();
    }
    check();
  });

  const lambda = await serve(async (request, response) => {
    const body = await readBody(request);
    const isEvent = request.headers["x-amz-invocation-type"] === "Event";
    const isRight = request.url === "/2015-03-31/functions/deltapipe-test-webSocket/invocations" && isEvent;
    if (!(await isSigned(request, body, "lambda")) || !isRight) {
      faults.push(`${request.method} ${request.url}`);
      return void response.writeHead(403).end();
    }
    if (interceptInvoke(response, ++counts.invocations)) return;
    const event = JSON.parse(body.toString()) as { job: Record<string, unknown> };
    jobs.push(event);
    response.writeHead(202).end();
    void invoke(event);
  });

  async function isSigned(request: IncomingMessage, body: Buffer, service: string): Promise<boolean> {
    const fault = await findFault(request, body, { credentials, service, region });
    if (fault !== undefined) faults.push(fault);
    return fault === undefined;
  }

  vi.unstubAllEnvs();
  for (const [name, value] of Object.entries({
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_LAMBDA_FUNCTION_NAME: "deltapipe-test-webSocket",
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    DELTAPIPE_WEBSOCKET_ENDPOINT: `${api.url}v1`,
    DELTAPIPE_MODELS: "story=local.story",
    DELTAPIPE_PUSH_INTERVAL_MS: "0",
    ...variables,
  })) {
    vi.stubEnv(name, value);
  }
  const info = vi.spyOn(console, "info").mockImplementation((record: RequestRecord) => {
    records.push(record);
    check();
  });
  vi.resetModules();
  const { handler } = await import("../../../handlers/websocket.ts");

  function invoke(event: unknown, awsRequestId: string = randomUUID()): Promise<unknown> {
    const startedAt = performance.now();
    const context = {
      awsRequestId,
      getRemainingTimeInMillis: () => Math.round(timeoutMs - (performance.now() - startedAt)),
    };
    return handler(event as never, context as never);
  }

  return {
    bedrock,
    posts,
    records,
    jobs,
    faults,
    lines: () => linesOf(posts.map(({ text }) => text)).map((line) => JSON.parse(line) as { type: string }),
    attempts: () => counts.posts,
    connections: () => sockets.size,
    onPost: (intercept) => (interceptPost = intercept),
    onInvoke: (intercept) => (interceptInvoke = intercept),
    invoke,
    send: (text, id = connectionId) => invoke(messageEvent(text, id)),
    until(label, condition) {
      const holds = new Promise<void>((resolve) => {
        function watch(): void {
          if (!condition()) return;
          watchers.delete(watch);
          resolve();
        }
        watchers.add(watch);
        watch();
      });
      return waitFor(label, holds);
    },
    async close() {
      info.mockRestore();
      vi.unstubAllEnvs();
      await Promise.all([bedrock.close(), api.close(), lambda.close()]);
    },
  };
}

/** An event of the route `$default`, with the members that a handler may need. */
export function messageEvent(body: string, id = connectionId) {
  return {
    requestContext: {
      routeKey: "$default",
      eventType: "MESSAGE",
      messageId: "L0SNBdBFPHcCIhw=",
      connectionId: id,
      domainName: "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
      stage: "v1",
      apiId: "a1b2c3d4e5",
      requestId: "L0SNBHBHPHcFtvQ=",
      identity: { userArn: callerArn, sourceIp: "192.0.2.1" },
    },
    body,
    isBase64Encoded: false,
  };
}

/** Milliseconds for a setting of the function, as seconds. */
export function secondsOf(milliseconds: number): string {
  return String(scaled(milliseconds) / 1000);
}
