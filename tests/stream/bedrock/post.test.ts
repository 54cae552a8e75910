// Tests calls whose connection is stale, breaks or cannot be made, and calls whose response does not end.
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectBedrock } from "../../../lib/stream/bedrock/call-bedrock.ts";
import type { CheckedRequest } from "../../../lib/stream/request/check-request.ts";
import { callOutcome } from "../../support/callers/bedrock-callers.ts";
import { generousSeconds, scaled, waitFor } from "../../support/deadline.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

/** Starts a server that sends these answers to the first requests, and a stream to each later request. */
async function startAnsweringServer(...answers: ("stream" | "cut" | "cut late" | "busy")[]) {
  const requests: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      if (!bytes.includes("POST ")) return;
      const answer = answers[requests.length] ?? "stream";
      requests.push(answer);
      const type = "content-type: application/vnd.amazon.eventstream";
      if (answer === "cut") socket.resetAndDestroy();
      else if (answer === "cut late") setTimeout(() => socket.resetAndDestroy(), 1200);
      else if (answer === "busy") socket.write("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");
      else socket.write(`HTTP/1.1 200 OK\r\n${type}\r\ncontent-length: 0\r\n\r\n`);
    });
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, requests };
}

async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function callerFor(url: string, connect = generousSeconds * 1000) {
  const variables = { ...process.env, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url };
  return connectBedrock({ connect }, variables);
}

describe("a connection", () => {
  async function askTwice(url: string) {
    const call = callerFor(url);
    const request = { model: { name: "x", id: "x" }, body: "{}" } as CheckedRequest;
    const first = await waitFor("the first response", call(request, new AbortController().signal));
    first.resume();
    await waitFor("the end of the first response", once(first, "close"));
    return callOutcome({ call });
  }

  test("a kept-alive connection that turns out to be closed when it is used again costs no attempt", async () => {
    const { url, requests } = await startAnsweringServer("stream", "cut", "busy");
    expect(await askTwice(url)).toBe("a stream");
    expect(requests).toEqual(["stream", "cut", "busy", "stream"]);
  });

  test("a kept-alive connection that breaks while the model works costs an attempt", async () => {
    const { url, requests } = await startAnsweringServer("stream", "cut late", "busy");
    expect(await askTwice(url)).toMatchObject({ detail: "Unknown (HTTP 503)" });
    expect(requests).toEqual(["stream", "cut late", "busy"]);
  });

  test.runIf(hasIpv6)("a connection can use IPv6", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"));
    });
    const call = callerFor(`http://[::1]:${await listen(server, "::1")}`);
    expect(await callOutcome({ call })).toMatchObject({ detail: "Unknown (HTTP 503)" });
  });

  test("a connection is closed if the response is not a stream and does not end", async () => {
    let connection: Socket | undefined;
    const server = createServer((socket) => {
      connection = socket.on("error", () => undefined);
      socket.resume().write("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<p>");
    });
    const call = callerFor(`http://127.0.0.1:${await listen(server)}`);
    expect(await callOutcome({ call })).toMatchObject({ detail: "content-type: text/html" });
    await waitFor("the end of the connection", once(connection!, "close"));
  });

  test("a connection is given up if the TLS handshake takes too long, in both attempts", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.on("error", () => undefined).resume();
    });
    const call = callerFor(`https://127.0.0.1:${await listen(server)}`, scaled(200));
    expect(await callOutcome({ call })).toMatchObject({ name: "UpstreamUnreachable", detail: "ETIMEDOUT" });
    expect(connections).toBe(2);
  });
});
