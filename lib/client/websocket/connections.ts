// Opens connections, one at a time, and opens another when the last one can no longer be used.
import type { Dispatcher } from "../dispatcher.ts";
import { ConfigurationError } from "../errors.ts";
import { type Connection, createConnection } from "./connection.ts";
import type { OpenWebSocket } from "./open-websocket.ts";

export interface Connections {
  /** Resolves with a connection that may be asked now. `suggestedDelay`: see {@link OpenWebSocket}. */
  get(suggestedDelay: number): Promise<Connection>;
  /** Closes all of them. Later calls of `get` reject. */
  close(): void;
}

export interface ConnectionsOptions {
  open: OpenWebSocket;
  /** Signs the URL, for each connection again. */
  presign: () => Promise<string>;
  dispatcher: Dispatcher | undefined;
  /** Milliseconds after the last answer for which a connection is kept. */
  keepOpen: number;
}

export function createConnections({ open, presign, dispatcher, keepOpen }: ConnectionsOptions): Connections {
  /** Those that may still be sending answers. */
  const all = new Set<Connection>();
  let current: Promise<Connection> | undefined;
  let isClosed = false;

  async function connect(suggestedDelay: number): Promise<Connection> {
    const webSocket = await open(new URL(await presign()), { dispatcher, suggestedDelay });
    const connection = createConnection(webSocket, { keepOpen, suggestedDelay });
    webSocket.addEventListener("close", () => all.delete(connection));
    all.add(connection);
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
