// The connections to Bedrock: kept from request to request, the first one made before it is needed.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type AgentOptions } from "node:https";
import { isIP, type Socket } from "node:net";
import { hostOf } from "./endpoint.ts";

interface Address {
  host?: string | null | undefined;
  port?: string | number | null | undefined;
}

type Connect = HttpAgent["createConnection"];

/**
 * By the wall clock, which goes on while Lambda has frozen the environment between its start and its first request:
 * a server closes what nobody uses.
 */
const goodForMs = 20_000;
/** Of silence, until the connection is shown to be in use: NAT gateways forget those that are silent for 350 s. */
const keepAliveMs = 1000;

/** Connections that are not made within `connectMs`, name and TLS included, fail as `ETIMEDOUT`. */
export function createAgent(endpoint: URL, connectMs: number, options: AgentOptions = {}): HttpAgent {
  const isHttps = endpoint.protocol === "https:";
  const agent = new (isHttps ? HttpsAgent : HttpAgent)({ keepAlive: true, ...options });
  const madeBy = isHttps ? "secureConnect" : "connect";
  agent.createConnection = timeLimited(agent.createConnection.bind(agent), madeBy, connectMs);
  if (isHttps) openEarly(agent as HttpsAgent, endpoint, connectMs);
  return agent;
}

function timeLimited(connect: Connect, madeBy: string, connectMs: number): Connect {
  return (address, callback) => {
    const socket = connect(address, callback) as Socket;
    const late = () =>
      socket.destroy(Object.assign(new Error("Connection was not made in time"), { code: "ETIMEDOUT" }));
    const timer = setTimeout(late, connectMs).unref();
    socket.once("close", () => clearTimeout(timer));
    socket.once(madeBy, () => {
      clearTimeout(timer);
      // Node's agent sees to that after the first answer only, and the first may be long in coming.
      socket.setKeepAlive(true, keepAliveMs);
    });
    return socket;
  };
}

/**
 * Opens a connection while the function loads and waits. The agent's first request to the endpoint takes it; if it
 * could not be made, was closed or has waited too long, it is as if it had never been.
 */
function openEarly(agent: HttpsAgent, endpoint: URL, connectMs: number): void {
  const host = hostOf(endpoint);
  const port = Number(endpoint.port || 443);
  const openedAt = Date.now();
  const connect: Connect = agent.createConnection.bind(agent);
  const servername = isIP(host) ? "" : host;
  let early: Socket | undefined = connect({ ...agent.options, host, port, servername } as never) as Socket;
  let lastsMs = connectMs;
  early.once("secureConnect", () => (lastsMs = goodForMs));
  // Until a request takes it, its failure is no error, and it keeps no process alive.
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
    if (Date.now() - openedAt > lastsMs || !socket.writable) {
      socket.destroy();
      return undefined;
    }
    socket.off("error", forget);
    socket.off("close", forget);
    return socket.ref();
  }

  agent.createConnection = (address, callback) => take(address) ?? connect(address, callback);
}
