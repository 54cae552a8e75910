// The client: a request in, an answer out, as it arrives.
import type { Dispatcher } from "undici";
import type { ConverseRequest } from "../wire.ts";
import { checkCredentials, type Credentials, type CredentialsProvider } from "../signer/credentials.ts";
import { parseEndpoint, scopeOf } from "../signer/signing-scope.ts";
import { ConfigurationError } from "./errors.ts";
import { longestDelay } from "../shared/retry-after.ts";
import { checkRetryOptions, type RetryOptions, withRetries } from "./retry.ts";
import { type ConverseStream, createStream } from "./answer-stream.ts";
import { openStream, type Transport } from "./transport.ts";

export interface ClientOptions {
  /** The Function URL. Plain http only to this machine. */
  url: string | URL;
  /** An object or a provider; a provider is asked before each attempt. */
  credentials: Credentials | CredentialsProvider;
  /** Such as `eu-west-1`. Default: the one in the host of a Function URL; for other hosts it must be given. */
  region?: string | undefined;
  /**
   * An undici dispatcher. Behind a proxy `new EnvHttpProxyAgent()` follows HTTPS_PROXY, HTTP_PROXY and NO_PROXY; for a
   * service on this machine leave it out, since undici sends that through the proxy too. Default: connections that this
   * process shares, without a proxy.
   * https://undici.nodejs.org/#/docs/api/EnvHttpProxyAgent
   */
  dispatcher?: Dispatcher | undefined;
  /** Attempts before the first line. Default: two retries. */
  retry?: RetryOptions | undefined;
  /**
   * Milliseconds until the service accepts or refuses a request. It waits up to 180 s for Bedrock. The text of a refusal
   * may take as long again, but 5 s at most. Default: 200,000.
   */
  firstByteTimeout?: number | undefined;
  /**
   * Milliseconds of silence in a stream, counted to about a second and not while the loop keeps the server waiting. The
   * service sends a `ping` every 10 s. Default: 60,000.
   */
  idleTimeout?: number | undefined;
  /** The longest line in bytes: a bound on memory. Default: 33,554,432 (32 MiB). */
  maxLineLength?: number | undefined;
}

export interface ConverseOptions {
  /** Ends the request and closes the connection. Any number of requests may share one. */
  signal?: AbortSignal | undefined;
}

export interface Client {
  /**
   * Sends a request at once, and gives the answer as it arrives. Requests that the service or AWS turns away for now,
   * and connections that are refused, are tried again; never one that may have been run, because it may cost.
   */
  converse(request: ConverseRequest, options?: ConverseOptions): ConverseStream;
}

/**
 * Makes a client for one deployed service. It holds no connection of its own and need not be closed.
 *
 * Throws {@link ConfigurationError} for options that cannot be used.
 *
 * @example
 * const client = createClient({ url: "https://abc123.lambda-url.eu-west-1.on.aws/", credentials: fromNodeProviderChain() });
 * for await (const text of client.converse({ prompt: "Why is the sky blue?" }).textStream()) process.stdout.write(text);
 */
export function createClient(options: ClientOptions): Client {
  const url = parseEndpoint(options.url);
  const { service, region } = scopeOf(url, { service: "lambda", region: options.region });
  if (typeof options.credentials !== "function") checkCredentials(options.credentials);
  const retry = checkRetryOptions(options.retry);
  const maxLineLength = requirePositive(options.maxLineLength ?? 32 * 1024 * 1024, "maxLineLength");
  const transport: Transport = {
    url,
    signing: { credentials: options.credentials, service, region },
    dispatcher: options.dispatcher,
    firstByteTimeout: requirePositive(options.firstByteTimeout ?? 200_000, "firstByteTimeout"),
    idleTimeout: requirePositive(options.idleTimeout ?? 60_000, "idleTimeout"),
  };

  function converse(request: ConverseRequest, { signal }: ConverseOptions = {}): ConverseStream {
    const body = writeBody(request);
    const open = (connection: AbortSignal) =>
      withRetries(retry, connection, (suggestedDelay) =>
        openStream(transport, body, { signal: connection, suggestedDelay }),
      );
    return createStream({ open, signal, maxLineLength });
  }

  return { converse };
}

// At the call, so that a later change of the messages does not change what is sent.
function writeBody(request: ConverseRequest): string {
  if (typeof request !== "object" || request === null) {
    throw new ConfigurationError('Cannot send this request: give an object, such as { prompt: "…" }');
  }
  try {
    return JSON.stringify(request);
  } catch (cause) {
    throw new ConfigurationError("Cannot write the request as JSON", { cause });
  }
}

function requirePositive(value: number, option: string): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= longestDelay) return value;
  throw new ConfigurationError(
    `Cannot use the option ${option}: give a whole number from 1 to 2,147,483,647`,
  );
}
