// The parts of the client that differ between Node and the runtimes that have only web standards.
import type { Sigv4 } from "../signer/compute-signature.ts";
import type { Dispatcher } from "./dispatcher.ts";

export interface Platform {
  sigv4: Sigv4;
  /**
   * Sends a request and resolves with the response as soon as its headers have arrived. Rejects with the error for the
   * caller, or with the signal's reason.
   */
  send(request: OutgoingRequest): Promise<IncomingResponse>;
  /** Throws a `ConfigurationError` if a dispatcher is given and this platform cannot use one. */
  checkDispatcher(dispatcher: Dispatcher | undefined): void;
}

export interface OutgoingRequest {
  method: "GET" | "POST";
  url: URL;
  headers: Record<string, string>;
  body?: string;
  /** Aborting it closes the connection, even while the body is being read. */
  signal: AbortSignal;
  dispatcher: Dispatcher | undefined;
  /** In milliseconds, for the response's headers. */
  firstByteTimeout: number;
  /** In milliseconds, between two chunks of the body. Time during which nobody reads does not count. */
  idleTimeout: number;
  /** In milliseconds. Becomes `retryAfterMs` if `send` rejects with a `RetryLaterError`. */
  suggestedDelay: number;
}

/**
 * The headers' values, by name in lower case. If a header occurs several times, this is its first value with undici, and all its
 * values, separated by commas, with fetch.
 */
export type ResponseHeaders = Record<string, string | undefined>;

export interface IncomingResponse {
  status: number;
  headers: ResponseHeaders;
  body: ResponseBody;
}

/**
 * Can be read once. Reading fails with {@link LostConnection}; the body of an answer that arrives in messages can also fail with
 * a `DeltapipeError` or the signal's reason. Exiting the loop early does not close the connection.
 */
export interface ResponseBody extends AsyncIterable<Uint8Array> {
  /** Closes the connection. */
  destroy(): void;
  /** Discards the rest, so that the connection can be used again, or closes the connection if that takes too long. */
  finish(): void;
}

/** The time limit for the body of a response that is not a stream. Such a body is short and arrives all at once. */
export const bodyTimeoutMs = 5000;

/** The service ends the body right after the last line. If the body takes longer than this, the connection is closed. */
export const endOfBodyTimeoutMs = 1000;

/**
 * The response cannot be read to its end: the connection broke or was silent for too long, or a message is missing. The
 * text of this error is a clause.
 */
export class LostConnection extends Error {
  override readonly name = "LostConnection";
  /** True if the response was not valid HTTP, false if it was only incomplete. */
  readonly isAltered: boolean;

  constructor(clause: string, details: { isAltered: boolean; cause: unknown }) {
    super(clause, { cause: details.cause });
    this.isAltered = details.isAltered;
  }
}
