// The interface between the core and what carries its messages, such as the connections of a WebSocket API.

/**
 * - `taken`: the message is on its way to the caller.
 * - `busy`: not now, as when the caller reads too slowly. The same message is sent again.
 * - `unclear`: no answer, or a failure that passes. The same message is sent again, so the caller may get it twice.
 * - `gone`: the caller has left.
 * - `refused`: this message will never be taken.
 */
export interface Published {
  state: "taken" | "busy" | "unclear" | "gone" | "refused";
  /** The error, for the log. */
  detail?: string;
}

/** Sends one message, once. Never rejects because of the network or the other side, and settles soon after the signal aborts. */
export type Publish = (message: Buffer, signal: AbortSignal) => Promise<Published>;
