// Tests the early connection to Bedrock, which is opened before the first request. The first request uses this connection, or
// opens another one if it cannot be used.
import { once } from "node:events";
import type { Agent } from "node:http";
import { createServer as createHttpsServer, request, type Server } from "node:https";
import { createServer, Socket, type AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createAgent } from "../../../lib/stream/bedrock/agent.ts";
import { makeCertificate } from "../../../lib/local/certificate.ts";
import { generousSeconds, scaled, waitFor } from "../../support/deadline.ts";

const { key, certificate } = makeCertificate();
let server: Server;
let sockets: Socket[];
let agents: Agent[];

beforeEach(async () => {
  sockets = [];
  agents = [];
  server = createHttpsServer({ key, cert: certificate }, (_, response) => response.end("ok"));
  server.on("connection", (socket: Socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  vi.useRealTimers();
  for (const agent of agents) agent.destroy();
  server.closeAllConnections();
  server.close();
});

const portOf = (listening: Pick<Server, "address">) => (listening.address() as AddressInfo).port;
const urlOf = (listening: Server) => new URL(`https://127.0.0.1:${portOf(listening)}`);

function agentFor(port: number, connectMs = generousSeconds * 1000): Agent {
  const agent = createAgent(new URL(`https://127.0.0.1:${port}`), connectMs, { ca: certificate });
  agents.push(agent);
  return agent;
}

async function ask(agent: Agent, port = portOf(server)): Promise<string> {
  const asked = request({ host: "127.0.0.1", port, agent });
  asked.end();
  const [response] = await waitFor("the response", once(asked, "response"));
  return (await response.toArray()).join("");
}

/** Stops the wall clock, so that a slow machine does not reach the time limits. Only `advance` moves the clock on. */
function stopClock(): { advance(milliseconds: number): void } {
  vi.useFakeTimers({ toFake: ["Date"] });
  return { advance: (milliseconds) => void vi.setSystemTime(Date.now() + milliseconds) };
}

const secured = () => waitFor("the early connection", once(server, "secureConnection"));

describe("the early connection", () => {
  test("the early connection is used by the first request, and kept for the next", async () => {
    const agent = agentFor(portOf(server));
    await secured();
    expect(sockets.length).toBe(1);
    expect(await ask(agent)).toBe("ok");
    expect(await ask(agent)).toBe("ok");
    expect(sockets.length).toBe(1);
  });

  test("a request that comes before the early connection is ready waits for it", async () => {
    const agent = agentFor(portOf(server));
    expect(await ask(agent)).toBe("ok");
    expect(sockets.length).toBe(1);
  });

  test("only one request uses the early connection, and a second one at the same time opens its own", async () => {
    const agent = agentFor(portOf(server));
    expect(await Promise.all([ask(agent), ask(agent)])).toEqual(["ok", "ok"]);
    expect(sockets.length).toBe(2);
  });

  test("the early connection is not used by a request to another port", async () => {
    const other = createHttpsServer({ key, cert: certificate }, (_, response) => response.end("other"));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const agent = agentFor(portOf(server));
    expect(await ask(agent, portOf(other))).toBe("other");
    expect(await ask(agent)).toBe("ok");
    expect(sockets.length).toBe(1);
    other.closeAllConnections();
    other.close();
  });

  test("the early connection is replaced if the server has closed it", async () => {
    const agent = agentFor(portOf(server));
    const [seen] = (await secured()) as [Socket];
    seen.end();
    await waitFor("the end of the early connection", once(seen, "close"));
    expect(await ask(agent)).toBe("ok");
    expect(sockets.length).toBe(2);
  });

  test("the early connection is used by a first request that comes later than the connect timeout", async () => {
    const clock = stopClock();
    const { emit } = TLSSocket.prototype;
    const emitting = vi.spyOn(TLSSocket.prototype, "emit");
    const made = new Promise<void>((resolve) => {
      emitting.mockImplementation(function (this: TLSSocket, ...event) {
        if ((event as unknown[])[0] === "secureConnect") resolve();
        return emit.apply(this, event);
      });
    });
    const agent = agentFor(portOf(server), 15_000);
    await waitFor("the end of the handshake", made);
    emitting.mockRestore();
    clock.advance(17_000);
    expect(await ask(agent)).toBe("ok");
    expect(sockets.length).toBe(1);
  });

  test("the early connection is replaced after 21 s, because its server may have vanished", async () => {
    const clock = stopClock();
    const agent = agentFor(portOf(server));
    await secured();
    clock.advance(21_000);
    expect(await ask(agent)).toBe("ok");
    expect(sockets.length).toBe(2);
  });

  test("the connect timeout does not end an early connection that is ready", async () => {
    server.removeAllListeners("request");
    server.on("request", (_, response) => void setTimeout(() => response.end("late"), scaled(2000)));
    const agent = agentFor(portOf(server), scaled(1500));
    await secured();
    expect(await ask(agent)).toBe("late");
    expect(sockets.length).toBe(1);
  });

  test("an early connection that was not ready in time is replaced, even if the process was frozen meanwhile", async () => {
    const accepted: Socket[] = [];
    const silent = createServer((socket) => void accepted.push(socket.on("error", () => undefined)));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const port = portOf(silent);
    const clock = stopClock();
    const agent = agentFor(port, 15_000);
    await waitFor("the early connection", once(silent, "connection"));
    clock.advance(16_000);
    const another = waitFor("another connection", once(silent, "connection"));
    const asked = request({ host: "127.0.0.1", port, agent }).on("error", () => undefined);
    asked.end();
    await another;
    asked.destroy();
    for (const socket of accepted) socket.destroy();
    silent.close();
  });

  test("the early connection has TCP keep-alive before there is a response", async () => {
    const setKeepAlive = vi.spyOn(Socket.prototype, "setKeepAlive");
    let callsBefore: unknown[] = [];
    server.prependListener("request", () => (callsBefore = [...setKeepAlive.mock.calls]));
    expect(await ask(agentFor(portOf(server)))).toBe("ok");
    expect(callsBefore).toEqual([[true, 1000]]);
    setKeepAlive.mockRestore();
  });

  test("the early connection sends the server name, like the connections of later requests", async () => {
    const names: unknown[] = [];
    server.on("secureConnection", ({ servername }: TLSSocket) => names.push(servername));
    const trusting = { ca: certificate, checkServerIdentity: () => undefined };
    const agent = createAgent(
      new URL(`https://localhost:${portOf(server)}`),
      generousSeconds * 1000,
      trusting,
    );
    agents.push(agent);
    for (let turn = 0; turn < 2; turn++) {
      const asked = request({
        host: "localhost",
        port: portOf(server),
        agent,
        headers: { connection: "close" },
      });
      asked.end();
      const [response] = await waitFor("the response", once(asked, "response"));
      await response.toArray();
    }
    expect(names).toEqual(["localhost", "localhost"]);
  });

  test("an early connection that cannot be made is not kept, and later requests make their own", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const port = portOf(closed as never);
    closed.close();
    const agent = agentFor(port);
    await expect(ask(agent, port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(await ask(agent)).toBe("ok");
  });

  test("the early connection is not used if the server's certificate is not trusted", async () => {
    const agent = createAgent(urlOf(server), generousSeconds * 1000);
    agents.push(agent);
    await expect(ask(agent)).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|VERIFY/) });
    await expect(ask(agent)).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|VERIFY/) });
  });
});

describe("the preparation of the first request", () => {
  test("the preparation runs once, before the handshake of the early connection has ended", async () => {
    const steps: string[] = [];
    server.on("secureConnection", () => steps.push("secured"));
    const prepare = () => steps.push("prepared");
    const agent = createAgent(urlOf(server), generousSeconds * 1000, { ca: certificate, prepare });
    agents.push(agent);
    expect(await Promise.all([ask(agent), ask(agent)])).toEqual(["ok", "ok"]);
    expect(steps).toEqual(["prepared", "secured", "secured"]);
  });

  test("requests are sent even if the preparation throws", async () => {
    const prepare = () => {
      throw new Error("a failed preparation");
    };
    const agent = createAgent(urlOf(server), generousSeconds * 1000, { ca: certificate, prepare });
    agents.push(agent);
    expect(await ask(agent)).toBe("ok");
    expect(sockets.length).toBe(1);
  });
});
