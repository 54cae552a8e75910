// The interface to whatever carries messages to the caller, such as the connections of a WebSocket API.

/**
 * The result of sending one message.
 *
 * - `taken`: the message is on its way to the caller.
 * - `busy`: it was not taken, because the caller reads too slowly or there are too many messages. It is sent again later.
 * - `unclear`: it may have been taken, because there was no response or a temporary failure. It is sent again, so the caller
 *   may get it twice.
 * - `gone`: the caller has left.
 * - `refused`: this message will never be taken.
 */
export interface Published {
  state: "taken" | "busy" | "unclear" | "gone" | "refused";
  /** The error, for the log. */
  detail?: string;
}

/**
 * Sends one message, without repeating it. A failure of the network or of AWS is a result, not a rejection. Settles
 * soon after the signal aborts.
 */
export type Publish = (message: Buffer, signal: AbortSignal) => Promise<Published>;
