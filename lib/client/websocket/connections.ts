// Opens connections, one at a time, and opens another when the last one can no longer be used.
import { longestDelay } from "../../shared/retry-after.ts";
import { ConfigurationError } from "../errors.ts";

/** What is needed here of a connection. */
export interface Closable {
  /** Whether it may be asked. Once false, it stays false. */
  readonly isUsable: boolean;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface Connections<Connection> {
  /** Resolves with a connection that may be asked now. `suggestedDelay` is in milliseconds, for the error if there is none. */
  get(suggestedDelay: number): Promise<Connection>;
  /** Closes all of them. Later calls of `get` reject. */
  close(): void;
}

export function createConnections<Connection extends Closable>(
  open: (suggestedDelay: number) => Promise<Connection>,
): Connections<Connection> {
  /** Those that may still be sending answers. */
  const all = new Set<Connection>();
  let current: Promise<Connection> | undefined;
  let isClosed = false;

  async function connect(suggestedDelay: number): Promise<Connection> {
    const connection = await open(suggestedDelay);
    all.add(connection);
    void connection.closed.then(() => all.delete(connection));
    if (isClosed) connection.close();
    return connection;
  }

  async function get(suggestedDelay: number): Promise<Connection> {
    if (isClosed) throw new ConfigurationError("Cannot ask: this client is closed; make another one");
    const last = current;
    const connection = await last?.catch(() => undefined);
    if (connection?.isUsable) return connection;
    // Another question may have opened one meanwhile.
    if (current === last) current = connect(suggestedDelay);
    return current!;
  }

  return {
    get,
    close() {
      isClosed = true;
      for (const connection of all) connection.close();
    },
  };
}

/** Throws a `ConfigurationError` if it is not usable. */
export function checkKeepOpen(milliseconds: number): number {
  if (Number.isSafeInteger(milliseconds) && milliseconds > 0 && milliseconds <= longestDelay)
    return milliseconds;
  throw new ConfigurationError(
    `Cannot use the option keepOpen: it is ${String(milliseconds)}; set a whole number from 1 to 2,147,483,647`,
  );
}
