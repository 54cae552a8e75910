// The connections to Bedrock: kept from request to request, the first one made before it is needed.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type AgentOptions } from "node:https";
import { isIP, type Socket } from "node:net";

interface Address {
  host?: string | null | undefined;
  port?: string | number | null | undefined;
}

type Connect = HttpAgent["createConnection"];

/** A server closes what nobody uses; and an environment may be frozen between its start and its first request. */
const goodForMs = 20_000;

/** Connections that are not made within `connectMs` fail as `ETIMEDOUT`. */
export function createAgent(endpoint: URL, connectMs: number, options: AgentOptions = {}): HttpAgent {
  const isHttps = endpoint.protocol === "https:";
  const agent = new (isHttps ? HttpsAgent : HttpAgent)({ keepAlive: true, ...options });
  const madeBy = isHttps ? "secureConnect" : "connect";
  agent.createConnection = timeLimited(agent.createConnection.bind(agent), madeBy, connectMs);
  if (isHttps) openEarly(agent as HttpsAgent, endpoint);
  return agent;
}

function timeLimited(connect: Connect, madeBy: string, connectMs: number): Connect {
  return (address, callback) => {
    const socket = connect(address, callback) as Socket;
    const late = () =>
      socket.destroy(Object.assign(new Error("Connection was not made in time"), { code: "ETIMEDOUT" }));
    const timer = setTimeout(late, connectMs).unref();
    const stop = () => clearTimeout(timer);
    socket.once(madeBy, stop).once("close", stop);
    return socket;
  };
}

/**
 * Opens a connection while the function loads and waits. The agent's first request to the endpoint takes it; if it
 * could not be made, was closed or has waited too long, it is as if it had never been.
 */
function openEarly(agent: HttpsAgent, endpoint: URL): void {
  const host = endpoint.hostname.replaceAll(/[[\]]/g, "");
  const port = Number(endpoint.port || 443);
  const openedAt = Date.now();
  const connect: Connect = agent.createConnection.bind(agent);
  const servername = isIP(host) ? "" : host;
  let early: Socket | undefined = connect({ ...agent.options, host, port, servername } as never) as Socket;
  // It is nobody's business until somebody has asked for it: neither its failure nor that it is there.
  early.on("error", forget);
  early.on("close", forget);
  early.unref();

  function forget(): void {
    early = undefined;
  }

  function take(address: Address): Socket | undefined {
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
}
