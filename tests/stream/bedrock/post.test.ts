// What becomes of a call when its connection is stale, breaks, is never made or never ends.
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

/** Gives these answers in turn, and from the last on a stream. */
async function startForgetfulServer(...answers: ("stream" | "cut" | "cut late" | "refuse")[]) {
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
      else if (answer === "refuse") socket.write("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");
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
  const environment = { ...process.env, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url };
  return connectBedrock({ connect }, environment);
}

describe("a connection", () => {
  async function askTwice(url: string) {
    const call = callerFor(url);
    const request = { model: { name: "x", id: "x" }, body: "{}" } as CheckedRequest;
    const first = await waitFor("The first answer", call(request, new AbortController().signal));
    first.resume();
    await waitFor("The first answer's end", once(first, "close"));
    return callOutcome({ call });
  }

  test("that was kept and is gone when it is used again costs no attempt", async () => {
    const { url, requests } = await startForgetfulServer("stream", "cut", "refuse");
    expect(await askTwice(url)).toBe("a stream");
    expect(requests).toEqual(["stream", "cut", "refuse", "stream"]);
  });

  test("that was kept and breaks while the model works costs an attempt: each is paid for", async () => {
    const { url, requests } = await startForgetfulServer("stream", "cut late", "refuse");
    expect(await askTwice(url)).toMatchObject({ detail: "Unknown (HTTP 503)" });
    expect(requests).toEqual(["stream", "cut late", "refuse"]);
  });

  test.runIf(hasIpv6)("can be one of IPv6", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"));
    });
    const call = callerFor(`http://[::1]:${await listen(server, "::1")}`);
    expect(await callOutcome({ call })).toMatchObject({ detail: "Unknown (HTTP 503)" });
  });

  test("over which comes no stream, and no end either, is closed", async () => {
    let connection: Socket | undefined;
    const server = createServer((socket) => {
      connection = socket.on("error", () => undefined);
      socket.resume().write("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<p>");
    });
    const call = callerFor(`http://127.0.0.1:${await listen(server)}`);
    expect(await callOutcome({ call })).toMatchObject({ detail: "content-type: text/html" });
    await waitFor("The connection's end", once(connection!, "close"));
  });

  test("over which no TLS is agreed in time is given up, twice", async () => {
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
