// A TLS connection that is opened before it is needed: while the function loads and waits for its first request.
import { Agent, type AgentOptions } from "node:https";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";

interface Address {
  host?: string | null | undefined;
  port?: string | number | null | undefined;
}

/** A server closes what nobody uses; and an environment may be frozen between its start and its first request. */
const goodForMs = 20_000;

/**
 * An agent that keeps connections alive and has one to `endpoint` at once. Its first request to there takes that;
 * if it could not be made, was closed or has waited too long, it is as if it had never been.
 */
export function createEarlyAgent(endpoint: URL, options: AgentOptions = {}): Agent {
  const agent = new Agent({ keepAlive: true, ...options });
  const host = endpoint.hostname;
  const port = Number(endpoint.port || 443);
  const openedAt = Date.now();
  const connect = agent.createConnection.bind(agent);
  const servername = isIP(host) ? "" : host;
  let early: Socket | undefined = connect({ ...agent.options, host, port, servername }) as Socket;
  // It is nobody's business until somebody has asked for it: neither its failure nor that it is there.
  early.on("error", forget);
  early.on("close", forget);
  early.unref();

  function forget(): void {
    early = undefined;
  }

  function take(address: Address): Duplex | undefined {
    const socket = early;
    if (!socket || address.host !== host || Number(address.port) !== port) return undefined;
    forget();
    if (Date.now() - openedAt > goodForMs || !socket.writable) {
      socket.destroy();
      return undefined;
    }
    socket.off("error", forget);
    socket.off("close", forget);
    return socket.ref();
  }

  agent.createConnection = (address, callback) => take(address) ?? connect(address, callback);
  return agent;
}
