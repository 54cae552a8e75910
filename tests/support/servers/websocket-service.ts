// The WebSocket function together with everything it calls: the local Bedrock, a server for @connections, and a server for
// Lambda's Invoke API. Both servers check each signature with AWS's own implementation and record what they get.
import type { ServerResponse } from "node:http";
import { linesOf, type PushedMessage } from "../push/pushed-lines.ts";
import { readBody, serve } from "./http-server.ts";
import { openPushService, type PushService, type PushServiceOptions } from "./push-service.ts";

/** A message as the function posted it. */
export interface Posted {
  connectionId: string;
  /** The time of arrival, by `performance.now()`. */
  at: number;
  text: string;
  message: PushedMessage;
}

/**
 * Either answers a request and returns true, or returns false, so that the request gets the usual successful response.
 * `count` is the number of requests so far, including this one.
 */
export type Intercept = (response: ServerResponse, count: number, posted: Posted) => boolean;

export interface WebSocketService extends PushService {
  /** The messages that the server accepted, in order of arrival. */
  posts: Posted[];
  /** The events of asynchronous invocations. */
  jobs: { job: Record<string, unknown> }[];
  /** The lines of all messages, parsed. */
  lines(): { type: string; [more: string]: unknown }[];
  /** The number of posts, including those that the server did not accept. */
  attempts(): number;
  /** The number of TCP connections that the function opened for its posts. */
  connections(): number;
  onPost(intercept: Intercept): void;
  onInvoke(intercept: (response: ServerResponse, count: number) => boolean): void;
  /** Invokes the function with a message on a connection, as API Gateway does. Resolves with what it returns. */
  send(text: string, connectionId?: string): Promise<unknown>;
}

export const connectionId = "L0SM9cOFvHcCIhw=";
export const callerArn = "arn:aws:iam::123456789012:user/ida";

export async function startWebSocketService(options: PushServiceOptions = {}): Promise<WebSocketService> {
  const posts: Posted[] = [];
  const jobs: WebSocketService["jobs"] = [];
  const counts = { posts: 0, invocations: 0 };
  const sockets = new Set<unknown>();
  let interceptPost: Intercept = () => false;
  let interceptInvoke = (_response: ServerResponse, _count: number): boolean => false;
  const { isSigned, check, importHandler, ...service } = await openPushService(options);

  const api = await serve(async (request, response) => {
    const body = await readBody(request);
    const [, id] = /^\/v1\/@connections\/([^/?]+)$/.exec(request.url ?? "") ?? [];
    if (!(await isSigned(request, body, "execute-api")) || id === undefined) {
      service.faults.push(`${request.method} ${request.url}`);
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
      service.faults.push(`${request.method} ${request.url}`);
      return void response.writeHead(403).end();
    }
    if (interceptInvoke(response, ++counts.invocations)) return;
    const event = JSON.parse(body.toString()) as { job: Record<string, unknown> };
    jobs.push(event);
    response.writeHead(202).end();
    void invoke(event);
  });

  const invoke = await importHandler(() => import("../../../handlers/websocket.ts"), {
    AWS_LAMBDA_FUNCTION_NAME: "deltapipe-test-webSocket",
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    DELTAPIPE_WEBSOCKET_ENDPOINT: `${api.url}v1`,
  });

  return {
    ...service,
    posts,
    jobs,
    lines: () => linesOf(posts.map(({ text }) => text)).map((line) => JSON.parse(line) as { type: string }),
    attempts: () => counts.posts,
    connections: () => sockets.size,
    onPost: (intercept) => (interceptPost = intercept),
    onInvoke: (intercept) => (interceptInvoke = intercept),
    invoke,
    send: (text, id = connectionId) => invoke(messageEvent(text, id)),
    async close() {
      await Promise.all([service.close(), api.close(), lambda.close()]);
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
