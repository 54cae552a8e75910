// Keeps connections to Bedrock open between requests, and opens the first one before it is needed.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type AgentOptions } from "node:https";
import { isIP, type Socket } from "node:net";
import { hostOf } from "./endpoint.ts";

type Connect = HttpAgent["createConnection"];
type Address = Parameters<Connect>[0];
type OnConnected = Parameters<Connect>[1];

/**
 * In milliseconds. An early connection that is older is not used, because servers close connections that stay unused. Its age is
 * measured with the wall clock, which goes on while Lambda freezes the execution environment before the first request.
 */
const usableForMs = 20_000;
/** Milliseconds of silence before TCP sends keep-alive probes. NAT gateways drop a connection that is silent for 350 s. */
const keepAliveMs = 1000;

interface EarlyOptions extends AgentOptions {
  /**
   * Called once, while the early connection waits for the server's part of the TLS handshake. Work that the first request would
   * have to do can be done now, while nothing else can. Errors are ignored: the first request gets them again.
   */
  prepare?: (() => unknown) | undefined;
}

/** A connection that is not ready within `connectMs`, DNS and TLS included, fails with `ETIMEDOUT`. */
export function createAgent(endpoint: URL, connectMs: number, options: EarlyOptions = {}): HttpAgent {
  const isHttps = endpoint.protocol === "https:";
  const { prepare, ...others } = { keepAlive: true, ...options };
  return isHttps ? new EarlyAgent(endpoint, connectMs, others, prepare) : new PlainAgent(connectMs, others);
}

/** For plain HTTP, as with an endpoint on this machine. */
class PlainAgent extends HttpAgent {
  readonly #connectMs: number;

  constructor(connectMs: number, options: AgentOptions) {
    super(options);
    this.#connectMs = connectMs;
  }

  override createConnection(address: Address, onConnected: OnConnected): Socket {
    const socket = super.createConnection(address, onConnected) as Socket;
    return limitTime(socket, "connect", this.#connectMs);
  }
}

/**
 * Opens a connection in advance, while the function loads. The first request uses it. If the connection fails, is closed
 * or waits too long, it is forgotten, and the request opens one as usual.
 */
class EarlyAgent extends HttpsAgent {
  readonly #connectMs: number;
  #early: EarlyConnection | undefined;

  constructor(
    endpoint: URL,
    connectMs: number,
    options: AgentOptions,
    prepare: () => unknown = () => undefined,
  ) {
    super(options);
    this.#connectMs = connectMs;
    const host = hostOf(endpoint);
    const port = Number(endpoint.port || 443);
    const openedAt = Date.now();
    const servername = isIP(host) ? "" : host;
    const socket = this.createConnection({ ...this.options, host, port, servername } as Address);
    const early = { socket, host, port, usableUntil: openedAt + connectMs };
    // Node's own listener comes first, and begins the TLS handshake.
    socket.once("connect", () => {
      try {
        prepare();
      } catch {
        // The first request gets the same error.
      }
    });
    socket.once("secureConnect", () => (early.usableUntil = openedAt + usableForMs));
    // Until a request uses the connection, a failure has no effect, and the open connection does not keep the process alive.
    socket.on("error", this.#forgetEarly).on("close", this.#forgetEarly).unref();
    this.#early = early;
  }

  override createConnection(address: Address, onConnected?: OnConnected): Socket {
    const early = this.#takeEarly(address);
    if (early) return early;
    const socket = super.createConnection(address, onConnected) as Socket;
    return limitTime(socket, "secureConnect", this.#connectMs);
  }

  #takeEarly({ host, port }: Address): Socket | undefined {
    const early = this.#early;
    if (!early || host !== early.host || Number(port) !== early.port) return undefined;
    this.#forgetEarly();
    const { socket, usableUntil } = early;
    if (Date.now() <= usableUntil && socket.writable) {
      return socket.off("error", this.#forgetEarly).off("close", this.#forgetEarly).ref();
    }
    socket.destroy();
    return undefined;
  }

  readonly #forgetEarly = (): void => {
    this.#early = undefined;
  };
}

interface EarlyConnection {
  socket: Socket;
  host: string;
  port: number;
  /** In milliseconds since 1970. */
  usableUntil: number;
}

/** Destroys the socket if its event `ready` does not come within `connectMs`. */
function limitTime(socket: Socket, ready: "connect" | "secureConnect", connectMs: number): Socket {
  const onTimeout = () =>
    socket.destroy(Object.assign(new Error("Connection was not made in time"), { code: "ETIMEDOUT" }));
  const timer = setTimeout(onTimeout, connectMs).unref();
  socket.once("close", () => clearTimeout(timer));
  return socket.once(ready, () => {
    clearTimeout(timer);
    // Node's agent does this only after the first response, which may take a long time to come.
    socket.setKeepAlive(true, keepAliveMs);
  });
}
