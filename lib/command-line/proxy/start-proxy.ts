// Starts the signing proxy, which listens on this machine's loopback interface only.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Agent } from "undici";
import { declaredLength, maxLambdaRequestBytes } from "../../shared/receive-body.ts";
import { UsageError } from "../command-failure.ts";
import { type CallerRules, checkCaller, hostsOf } from "./check-caller.ts";
import { forwardRequest, type Forwarding } from "./forward-request.ts";

export interface ProxyOptions extends Pick<Forwarding, "url" | "region" | "credentials"> {
  /** 0: any free port. */
  port: number;
  /** Listens on ::1 as well. Default: false. */
  ipv6?: boolean;
  /** Whether callers other than browsers need the token as well. Default: false. */
  requireToken?: boolean;
  /** Default: direct connections. */
  dispatcher?: Forwarding["dispatcher"] | undefined;
  /** Milliseconds. Default: 200,000, because the service waits up to 180 s for Bedrock. */
  silenceMs?: number;
  onRequest?: Forwarding["onRequest"];
  /** Returns undefined for a request that is to be forwarded. The promise must not reject. Default: all are forwarded. */
  answerItself?: AnswerItself;
}

type AnswerItself = (
  request: IncomingMessage,
  response: ServerResponse,
  forwarding: Forwarding,
) => Promise<void> | undefined;

export interface StartedProxy {
  /** Such as `http://127.0.0.1:9100/`. */
  url: string;
  /** The secret that pages from this address have to send in the header `x-deltapipe-token`. Each start has a new one. */
  token: string;
  /** Aborts all requests and frees the port. Callers in the middle of an answer see that it is incomplete. */
  close(): Promise<void>;
}

/** Milliseconds. Most clients close an idle connection before that, so they send no request while this server is closing it. */
const keepAliveTimeout = 75_000;

/** Rejects with a `UsageError` if it cannot listen on the port. */
export async function startProxy(options: ProxyOptions): Promise<StartedProxy> {
  const {
    url,
    region,
    credentials,
    ipv6 = false,
    silenceMs = 200_000,
    onRequest = () => undefined,
  } = options;
  if (url.search !== "") {
    throw new UsageError(
      "Cannot forward to this URL: it has a query; leave it out, because each request has its own",
    );
  }
  const token = randomBytes(32).toString("base64url");
  const dispatcher = options.dispatcher ?? new Agent();
  const servers: Server[] = [];
  const answering = new Set<Socket>();
  async function close(): Promise<void> {
    // Resets the connections of unfinished answers, because in HTTP/1.0 closing one would look like the end of the answer.
    for (const socket of answering) socket.resetAndDestroy();
    await Promise.all([...servers.map(closeServer), dispatcher.destroy()]);
  }
  try {
    const port = await listen(servers, options.port, "127.0.0.1");
    if (ipv6) await listen(servers, port, "::1");
    const rules = { hosts: hostsOf(port, ipv6), token, requireToken: options.requireToken ?? false };
    const forwarding = { url, region, credentials, dispatcher, silenceMs, rules, onRequest };
    for (const server of servers) serve(server, forwarding, answering, options.answerItself);
    return { url: `http://127.0.0.1:${port}/`, token, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen(servers: Server[], port: number, host: string): Promise<number> {
  const server = createServer({ noDelay: true, keepAliveTimeout });
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, port, host);
  }
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

function serve(
  server: Server,
  forwarding: Forwarding,
  answering: Set<Socket>,
  answerItself: AnswerItself = () => undefined,
): void {
  function forward(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    answering.add(socket);
    response.once("close", () => answering.delete(socket));
    void (answerItself(request, response, forwarding) ?? forwardRequest(request, response, forwarding));
  }
  server.on("request", forward);
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    // If the request is rejected, the caller gets the error response right away and need not send the body.
    if (declaredLength(request) <= maxLambdaRequestBytes && isAccepted(request, forwarding.rules)) {
      response.writeContinue();
    }
    forward(request, response);
  });
  // A program sends CONNECT if its settings name this address as an HTTP proxy. This server is not an HTTP proxy.
  server.on("connect", (_request: IncomingMessage, socket: Socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  // Node emits this if a connection could not be accepted, so there is no caller to respond to.
  server.on("error", () => {});
}

function isAccepted(request: IncomingMessage, rules: CallerRules): boolean {
  try {
    checkCaller(request, rules);
    return true;
  } catch {
    // `forwardRequest` finds the same error and responds.
    return false;
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function cannotListen(error: NodeJS.ErrnoException, port: number, host: string): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} is taken; stop the program that uses it, or choose another with --port`,
    EACCES: `port ${port} needs privileges; choose one from 1024 up with --port`,
    EADDRNOTAVAIL: `this machine has no address ${host}; leave out --ipv6`,
  };
  const reason = reasons[error.code ?? ""];
  return reason === undefined ? error : new UsageError(`Cannot start the proxy: ${reason}`, { cause: error });
}
