/// <reference lib="esnext.disposable" preserve="true" />
// The client over a GraphQL API of AppSync: the same answers as from a Function URL, in the messages of subscriptions.
import { untilAborted } from "../../shared/abort.ts";
import { checkCredentials } from "../../signer/credentials.ts";
import { parseEndpoint, regionOf } from "../../signer/signing-scope.ts";
import { type Client, type ClientOptions, clientOn } from "../client.ts";
import { ConfigurationError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { checkKeepOpen, type Connections, createConnections } from "../websocket/connections.ts";
import type { OpenWebSocket } from "../websocket/open-websocket.ts";
import { noCredentials, unsigned } from "../websocket/unsigned.ts";
import { ask } from "./ask.ts";
import { type Caller, createAuthorize } from "./authorization.ts";
import { openRealTime } from "./open-real-time.ts";
import type { RealTimeConnection } from "./real-time.ts";
import type { StartOptions } from "./start-answer.ts";
import { regionOfGraphQL } from "./urls.ts";

/** Options of `createAppSyncClient`. `url` is required, and either `credentials` or `apiKey`. */
export interface AppSyncClientOptions extends Omit<ClientOptions, "url" | "region" | "credentials"> {
  /** The URL of the GraphQL API, which ends with `/graphql`. Must be https, except for the local stack on this machine. */
  url: string | URL;
  /** IAM credentials, or a function that returns them. The function is called for each connection and each question. */
  credentials?: ClientOptions["credentials"] | undefined;
  /** Region to sign for. Default: the Region in the host of an AppSync API. Required with `credentials` for other hosts. */
  region?: string | undefined;
  /** An API key, if the service has been deployed with one. */
  apiKey?: string | undefined;
  /** Milliseconds for which the connection stays open after the last answer, for reuse. Default: 540,000 (9 minutes). */
  keepOpen?: number | undefined;
}

/**
 * A client for one GraphQL API, made by `createAppSyncClient`.
 *
 * Each question gets a random id of its own: the client subscribes to the id on the connection that all questions share, waits
 * until AppSync has accepted the subscription, and starts the answer. If a message is missing, the answer fails.
 *
 * Without `resume`, an abort or a `break` does not stop the answer: the service finishes it, and all of it is billed. Only an
 * answer with an `idempotencyKey` can be stopped, with `cancel()`. A request may have at most 240,000 characters as JSON.
 * Messages that a slow loop has not read yet are kept in memory.
 */
export interface AppSyncClient extends Pick<Client, "converse" | "cancel">, AsyncDisposable {
  /** Closes the connection. Answers that are not complete fail. On Node, an open connection keeps the process running. */
  close(): void;
  /** Closes the connection at the end of a block with `await using`. */
  [Symbol.asyncDispose](): PromiseLike<void>;
}

/** The parts that differ between Node and the runtimes that have only web standards. */
export interface AppSyncPlatform extends Platform {
  open: OpenWebSocket;
}

/** Makes the client for the given platform. */
export function appSyncClientOn(
  { open, sigv4, send, checkDispatcher }: AppSyncPlatform,
  options: AppSyncClientOptions,
): AppSyncClient {
  const url = parseEndpoint(options.url);
  const caller = callerOf(url, options);
  const authorize = createAuthorize(caller, sigv4);
  const keepOpen = checkKeepOpen(options.keepOpen ?? 540_000);
  const { dispatcher } = options;
  const connections = createConnections((attempt) =>
    openRealTime(url, { ...attempt, open, authorize, keepOpen, dispatcher }),
  );
  // `clientOn` must not sign, because `authorize` signs each request that is sent to AppSync.
  const platform: Platform = {
    sigv4: unsigned,
    send: asker(connections, { url, authorize, send }),
    checkDispatcher,
  };
  const { converse, cancel } = clientOn(platform, {
    ...options,
    url,
    region: "unused",
    credentials: noCredentials,
  });
  return {
    converse,
    cancel,
    close: () => connections.close(),
    [Symbol.asyncDispose]: async () => connections.close(),
  };
}

/** Returns a `send` that starts the answer with a mutation, and turns the subscription's messages into a response. */
function asker(connections: Connections<RealTimeConnection>, start: StartOptions): Platform["send"] {
  return async (request) => {
    let connection: RealTimeConnection;
    do {
      connection = await untilAborted(connections.get(request), request.signal);
      request.signal.throwIfAborted();
      // The connection may have been closed in the meantime.
    } while (!connection.isUsable);
    return ask(connection, request, start);
  };
}

function callerOf(url: URL, { apiKey, credentials, region }: AppSyncClientOptions): Caller {
  if ((apiKey === undefined) === (credentials === undefined)) {
    const found = apiKey === undefined ? "neither is set" : "both are set";
    throw new ConfigurationError(`Cannot use the options credentials and apiKey: ${found}; set one of them`);
  }
  if (credentials === undefined) return { apiKey: checkKey(apiKey!) };
  if (typeof credentials !== "function") checkCredentials(credentials);
  const found = region ?? regionOfGraphQL(url);
  if (found !== undefined) return { credentials, region: regionOf(url, found) };
  throw new ConfigurationError(
    `Cannot find the region in the host ${url.hostname}: it is not the host of an AppSync API; set the option "region"`,
  );
}

/** The error's text does not repeat the key, because the key is a secret. */
function checkKey(apiKey: string): string {
  if (typeof apiKey === "string" && /^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  throw new ConfigurationError(
    "Cannot use the option apiKey: it is empty, not a string, or contains a character that no API key has; copy the key again",
  );
}
