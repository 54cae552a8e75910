// When a call to Bedrock is attempted again, and when not.
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createConverseStream } from "../lib/stream/bedrock.ts";
import { Retries } from "../lib/stream/bedrock/retries.ts";
import { ConverseError } from "../lib/stream/errors.ts";
import type { CheckedRequest } from "../lib/stream/request.ts";
import { outcomeOf, startCallers, stream, type Reply } from "./support/bedrock-callers.ts";
import { within } from "./support/deadline.ts";

const error = new ConverseError("ServiceUnavailableException", "No");
const busy: Reply = { status: 503 };

describe("a call", () => {
  test("whose second attempt succeeds has a stream", async () => {
    const { ours, theirs } = await startCallers(busy, stream);
    expect([await outcomeOf(ours), await outcomeOf(theirs)]).toEqual(["a stream", "a stream"]);
    expect([ours.seen.length, theirs.seen.length]).toEqual([2, 2]);
  });

  test("is signed anew for its second attempt", async () => {
    const late = {
      "x-amzn-errortype": "InvalidSignatureException",
      date: new Date(Date.now() + 900_000).toUTCString(),
    };
    const { ours } = await startCallers({ status: 403, headers: late }, stream);
    expect(await outcomeOf(ours)).toBe("a stream");
    const [first, second] = ours.seen.map(({ request }) => String(request.headers["x-amz-date"]));
    expect(second! > first!).toBe(true);
  });

  test("is not attempted again while its clock is right, nor by a date that is none", async () => {
    for (const date of [new Date().toUTCString(), "yesterday"]) {
      const headers = { "x-amzn-errortype": "InvalidSignatureException", date };
      const { ours } = await startCallers({ status: 403, headers }, stream);
      expect(await outcomeOf(ours)).toMatchObject({ name: "UpstreamAccessDenied" });
      expect(ours.seen.length).toBe(1);
    }
  });

  test("that is aborted between its attempts ends, and is not attempted again", async () => {
    const { ours } = await startCallers({ ...busy, headers: { "retry-after": "5" } }, stream);
    const abort = new AbortController();
    const request = { model: { name: "x", id: "x" }, body: "{}" } as CheckedRequest;
    const called = ours.call(request, abort.signal);
    while (ours.seen.length === 0) await new Promise(setImmediate);
    setTimeout(() => abort.abort(), 100);
    await expect(within(2000, "The call's end", called)).rejects.toMatchObject({ name: "AbortError" });
    expect(ours.seen.length).toBe(1);
  });
});

/** Answers the first request of its first connection, cuts that at the second one; then refuses once. */
async function startForgetfulServer() {
  const requests: string[] = [];
  const answers = ["stream", "cut", "refuse", "stream"];
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      if (!bytes.includes("POST ")) return;
      const answer = answers[requests.length] ?? "stream";
      requests.push(answer);
      const type = "content-type: application/vnd.amazon.eventstream";
      if (answer === "cut") socket.resetAndDestroy();
      else if (answer === "refuse") socket.write("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");
      else socket.write(`HTTP/1.1 200 OK\r\n${type}\r\ncontent-length: 0\r\n\r\n`);
    });
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, requests };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function callerFor(url: string, connect = 3000) {
  const environment = { ...process.env, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url };
  return createConverseStream({ connect }, environment);
}

describe("a connection", () => {
  test("that was kept and is gone when it is used again costs no attempt", async () => {
    const { url, requests } = await startForgetfulServer();
    const call = callerFor(url);
    const request = { model: { name: "x", id: "x" }, body: "{}" } as CheckedRequest;
    const first = await within(4000, "The first answer", call(request, new AbortController().signal));
    first.resume();
    await within(4000, "The first answer's end", once(first, "close"));
    await within(4000, "The second answer", call(request, new AbortController().signal));
    expect(requests).toEqual(["stream", "cut", "refuse", "stream"]);
  });

  test("over which comes no stream, and no end either, is closed", async () => {
    let connection: Socket | undefined;
    const server = createServer((socket) => {
      connection = socket.on("error", () => undefined);
      socket.resume().write("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<p>");
    });
    const call = callerFor(`http://127.0.0.1:${await listen(server)}`);
    expect(await outcomeOf({ call })).toMatchObject({ detail: "content-type: text/html" });
    await within(4000, "The connection's end", once(connection!, "close"));
  });

  test("over which no TLS is agreed in time is given up, twice", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.on("error", () => undefined).resume();
    });
    const call = callerFor(`https://127.0.0.1:${await listen(server)}`, 200);
    expect(await outcomeOf({ call })).toMatchObject({ name: "UpstreamUnreachable", detail: "ETIMEDOUT" });
    expect(connections).toBe(2);
  });
});

describe("another attempt", () => {
  test.each([
    ["soon", 50],
    ["later", 1000],
  ] as const)("comes %s: after at most %i ms, and once", (mayPass, most) => {
    const call = new Retries().start();
    const delay = call.delayAfter({ error, mayPass });
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThanOrEqual(most);
    expect(call.delayAfter({ error, mayPass })).toBeUndefined();
  });

  test("does not come where the first one's failure will not pass", () => {
    expect(new Retries().start().delayAfter({ error, mayPass: "no" })).toBeUndefined();
  });

  test("waits as long as Bedrock asks for, within reason", () => {
    const delayOf = (retryAfter: number) =>
      new Retries().start().delayAfter({ error, mayPass: "soon", retryAfter })!;
    expect(delayOf(3000)).toBe(3000);
    expect(delayOf(3_600_000)).toBeGreaterThanOrEqual(5000);
    expect(delayOf(3_600_000)).toBeLessThanOrEqual(5050);
  });

  test("comes for free after a connection that was gone, but only the first time", () => {
    const call = new Retries().start();
    const gone = { error, mayPass: "soon", wasStale: true } as const;
    expect(call.delayAfter(gone)).toBe(0);
    expect(call.delayAfter(gone)).toBeGreaterThanOrEqual(0);
    expect(call.delayAfter(gone)).toBeUndefined();
  });

  test("comes no more in an outage that goes on, and again once it is over", () => {
    const retries = new Retries();
    const attemptsAgain = () => retries.start().delayAfter({ error, mayPass: "soon" }) !== undefined;
    const before = Array.from({ length: 100 }, attemptsAgain);
    expect(before.indexOf(false)).toBe(35);
    expect(before.slice(35)).not.toContain(true);
    for (let successes = 0; successes < 14; successes++) retries.start().succeeded();
    expect(attemptsAgain()).toBe(true);
  });
});
