// The connection that is opened ahead of the first request: used once, and never in anybody's way.
import { once } from "node:events";
import type { Agent } from "node:http";
import { createServer as createHttpsServer, request, type Server } from "node:https";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAgent } from "../lib/stream/bedrock/connections.ts";
import { makeCertificate } from "../scripts/bench/certificate.ts";
import { within } from "./support/deadline.ts";

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

function agentFor(port: number, connectMs = 5000): Agent {
  const agent = createAgent(new URL(`https://127.0.0.1:${port}`), connectMs, { ca: certificate });
  agents.push(agent);
  return agent;
}

async function ask(agent: Agent, port = portOf(server)): Promise<string> {
  const asked = request({ host: "127.0.0.1", port, agent });
  asked.end();
  const [response] = await within(5000, "the response", once(asked, "response"));
  return (await response.toArray()).join("");
}

const secured = () => within(5000, "the early connection", once(server, "secureConnection"));

test("the first request takes the connection that is there, and the next one finds it alive", async () => {
  const agent = agentFor(portOf(server));
  await secured();
  expect(sockets.length).toBe(1);
  expect(await ask(agent)).toBe("ok");
  expect(await ask(agent)).toBe("ok");
  expect(sockets.length).toBe(1);
});

test("a request that comes before the connection is made waits for it", async () => {
  const agent = agentFor(portOf(server));
  expect(await ask(agent)).toBe("ok");
  expect(sockets.length).toBe(1);
});

test("only one request takes it: a second at the same time has its own", async () => {
  const agent = agentFor(portOf(server));
  expect(await Promise.all([ask(agent), ask(agent)])).toEqual(["ok", "ok"]);
  expect(sockets.length).toBe(2);
});

test("a request to another port leaves it alone", async () => {
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

test("one that the server has closed meanwhile is replaced", async () => {
  const agent = agentFor(portOf(server));
  const [seen] = (await secured()) as [Socket];
  seen.end();
  await within(5000, "the end of the early connection", once(seen, "close"));
  expect(await ask(agent)).toBe("ok");
  expect(sockets.length).toBe(2);
});

test("one that has waited too long is replaced: its server may have gone without a word", async () => {
  const agent = agentFor(portOf(server));
  await secured();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 21_000 });
  expect(await ask(agent)).toBe("ok");
  expect(sockets.length).toBe(2);
});

test("one that was made in time lasts for longer than the making may take", async () => {
  server.removeAllListeners("request");
  server.on("request", (_, response) => void setTimeout(() => response.end("late"), 500));
  const agent = agentFor(portOf(server), 200);
  await secured();
  expect(await ask(agent)).toBe("late");
  expect(await ask(agent)).toBe("late");
  expect(sockets.length).toBe(1);
});

test("one that is refused is forgotten, and the request fails or succeeds by itself", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const port = portOf(closed as never);
  closed.close();
  const agent = agentFor(port);
  await expect(ask(agent, port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await ask(agent)).toBe("ok");
});

test("one to a server that cannot be trusted is not used", async () => {
  const agent = createAgent(new URL(`https://127.0.0.1:${portOf(server)}`), 5000);
  agents.push(agent);
  await expect(ask(agent)).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|VERIFY/) });
  await expect(ask(agent)).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|VERIFY/) });
});
