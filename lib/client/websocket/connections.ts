// Opens a connection, and opens a new one when the last one can no longer be used.
import { longestDelay } from "../../shared/retry-after.ts";
import { ConfigurationError } from "../errors.ts";
import type { HandshakeOptions } from "./open-websocket.ts";

export type Limits = Pick<HandshakeOptions, "firstByteTimeout" | "suggestedDelay">;

/** The properties of a connection that are needed here. */
export interface Closable {
  /** Whether questions may be sent on this connection. Once it is false, it stays false. */
  readonly isUsable: boolean;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface Connections<Connection> {
  /** Resolves with a connection that was usable a moment ago: check `isUsable` again right before asking. */
  get(limits: Limits): Promise<Connection>;
  /** Closes all connections. Later calls of `get` reject. */
  close(): void;
}

/** `open` opens one connection. Its signal is aborted when the client is closed. */
export function createConnections<Connection extends Closable>(
  open: (attempt: Limits & Pick<HandshakeOptions, "signal">) => Promise<Connection>,
): Connections<Connection> {
  /** The open connections, including those that take no more questions but still have answers to finish. */
  const all = new Set<Connection>();
  let current: Promise<Connection> | undefined;
  const closing = new AbortController();
  const { signal } = closing;

  async function connect({ firstByteTimeout, suggestedDelay }: Limits): Promise<Connection> {
    const connection = await open({ firstByteTimeout, suggestedDelay, signal }).catch((error: unknown) => {
      checkOpen();
      throw error;
    });
    all.add(connection);
    void connection.closed.then(() => all.delete(connection));
    if (signal.aborted) connection.close();
    return connection;
  }

  function checkOpen(): void {
    if (signal.aborted) throw new ConfigurationError("Cannot ask: this client is closed; make another one");
  }

  async function get(limits: Limits): Promise<Connection> {
    checkOpen();
    const last = current;
    const connection = await last?.catch(() => undefined);
    if (connection?.isUsable) return connection;
    // Another question may have opened a new connection in the meantime.
    if (current === last) current = connect(limits);
    return current!;
  }

  return {
    get,
    close() {
      closing.abort();
      for (const connection of all) connection.close();
    },
  };
}

/** Returns the value of the option `keepOpen`. Throws a `ConfigurationError` if the value is not usable. */
export function checkKeepOpen(milliseconds: number): number {
  if (Number.isSafeInteger(milliseconds) && milliseconds > 0 && milliseconds <= longestDelay)
    return milliseconds;
  throw new ConfigurationError(
    `Cannot use the option keepOpen: it is ${String(milliseconds)}; set a whole number from 1 to 2,147,483,647`,
  );
}
