// Below HTTP: Bedrock's connections are refused, reset, slow, silent, or speak something else.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordedAnswer } from "../support/aws-frames.ts";
import { within } from "../support/deadline.ts";
import { endure, expectNoLosses, modelOf, outcomeOf, type FaultRow } from "../support/fault-rows.ts";
import { startTestStack, type TestStack } from "../support/local-stack.ts";
import {
  begun,
  chunk,
  fillQueue,
  head,
  startRawUpstream,
  type Behaviour,
  type RawUpstream,
} from "../support/raw-upstream.ts";

interface RawRow extends FaultRow {
  behaviour: Behaviour;
  /** Default: one. */
  attempts?: number;
}

const recorded = Buffer.concat(recordedAnswer);
const chunkedHead = head.replace("connection: close", "transfer-encoding: chunked");

const rows: RawRow[] = [
  {
    fault: "resets the connection",
    becomes: "502 UpstreamUnreachable",
    attempts: 2,
    behaviour: (socket) => socket.resetAndDestroy(),
  },
  {
    fault: "closes the connection",
    becomes: "502 UpstreamUnreachable",
    attempts: 2,
    behaviour: (socket) => socket.end(),
  },
  {
    fault: "resets within the head",
    becomes: "502 UpstreamUnreachable",
    attempts: 2,
    behaviour: (socket) => socket.write(head.slice(0, 30), () => socket.resetAndDestroy()),
  },
  {
    fault: "answers what is no HTTP",
    becomes: "502 UpstreamInvalid",
    behaviour: (socket) => socket.end("220 mail.example ESMTP\r\n"),
  },
  {
    fault: "answers with a head that never ends",
    becomes: "504 UpstreamTimeout",
    behaviour: (socket) => socket.write("HTTP/1.1 200 OK\r\nx: "),
  },
  {
    fault: "answers with too much of a head",
    becomes: "502 UpstreamInvalid",
    behaviour: (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(100_000)}\r\n\r\n`),
  },
  {
    fault: "sends early hints and nothing more",
    becomes: "504 UpstreamTimeout",
    behaviour: (socket) => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"),
  },
  { fault: "never answers", becomes: "504 UpstreamTimeout", behaviour: () => undefined },
  {
    fault: "sends the head byte by byte",
    becomes: "200 end",
    behaviour: (socket) => trickle(socket, Buffer.concat([Buffer.from(head), recorded])),
  },
  {
    fault: "sends everything in one-byte chunks",
    becomes: "200 end",
    behaviour: (socket) =>
      socket.end(
        Buffer.concat([
          Buffer.from(chunkedHead),
          ...Array.from(recorded, (byte) => chunk(Buffer.of(byte))),
          Buffer.from("0\r\n\r\n"),
        ]),
      ),
  },
  {
    fault: "resets in mid-stream",
    becomes: "200 StreamTruncated",
    behaviour: (socket) =>
      socket.write(Buffer.concat([Buffer.from(head), ...begun]), () =>
        setTimeout(() => socket.resetAndDestroy(), 100),
      ),
  },
  {
    fault: "closes a chunked answer in mid-stream",
    becomes: "200 StreamTruncated",
    behaviour: (socket) => socket.end(Buffer.concat([Buffer.from(chunkedHead), ...begun.map(chunk)])),
  },
  {
    fault: "breaks HTTP's framing in mid-stream",
    becomes: "200 StreamTruncated",
    behaviour: (socket) =>
      socket.end(Buffer.concat([Buffer.from(chunkedHead), ...begun.map(chunk), Buffer.from("zz\r\n")])),
  },
  {
    fault: "sends less than its content-length",
    becomes: "200 StreamTruncated",
    behaviour: (socket) =>
      socket.end(
        Buffer.concat([Buffer.from(head.replace("\r\n\r\n", "\r\ncontent-length: 9999\r\n\r\n")), ...begun]),
      ),
  },
  {
    fault: "sends the whole answer and resets",
    becomes: "200 end",
    behaviour: (socket) =>
      socket.write(Buffer.concat([Buffer.from(head), recorded]), () =>
        setTimeout(() => socket.resetAndDestroy(), 100),
      ),
  },
  {
    fault: "refuses while it is still sent to",
    becomes: "429 ThrottlingException",
    behaviour: (socket) =>
      socket.end(
        `HTTP/1.1 429 No\r\nx-amzn-errortype: ThrottlingException\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`,
      ),
    attempts: 2,
  },
];

/** One byte in each turn of the event loop. */
function trickle(socket: Parameters<Behaviour>[0], bytes: Buffer): void {
  let at = 0;
  function next(): void {
    if (at === bytes.length) return void socket.end();
    socket.write(bytes.subarray(at, ++at), () => setImmediate(next));
  }
  next();
}

let upstream: RawUpstream;
let stack: TestStack;
beforeAll(async () => {
  upstream = await startRawUpstream(Object.fromEntries(rows.map((row) => [modelOf(row), row.behaviour])));
  const models = ["local.echo", ...rows.map(modelOf)].map((name) => `${name}=${name}`).join(",");
  stack = await startTestStack({
    variables: {
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url,
      DELTAPIPE_MODELS: models,
      DELTAPIPE_FIRST_BYTE_SECONDS: "2",
    },
  });
});
afterAll(async () => {
  await stack.close();
  await upstream.close();
});

test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
  "Bedrock %s: %s",
  async (_fault, _becomes, row) => {
    const { body } = await endure(stack, row, () => upstream.over(modelOf(row)));
    expect(body).not.toMatch(/127\.0\.0\.1|ECONN|Parse Error|socket/);
    expect(upstream.attempts(modelOf(row))).toBe(row.attempts ?? 1);
  },
);

test("no environment is lost to any of it", () => expectNoLosses(stack));

async function askAt(endpoint: string, withinMs: number): Promise<string> {
  const lost = await startTestStack({
    variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoint, DELTAPIPE_CONNECT_SECONDS: "0.5" },
  });
  try {
    const answer = await within(withinMs, "The end", lost.ask({ prompt: "x" }));
    expect(answer.body).not.toMatch(/127\.0\.0\.1|ECONN|invalid/);
    expect(await lost.record(answer.headers.get("x-amzn-requestid") ?? "")).toMatchObject({ status: 502 });
    expectNoLosses(lost);
    return outcomeOf(answer);
  } finally {
    await lost.close();
  }
}

test("Bedrock is not there: 502 UpstreamUnreachable", async () => {
  const gone = await startRawUpstream({});
  await gone.close();
  expect(await askAt(gone.url, 8000)).toBe("502 UpstreamUnreachable");
});

// Where the kernel answers for a full queue otherwise, there is nothing to see.
test.runIf(process.platform === "linux")(
  "Bedrock accepts no connection: 502 UpstreamUnreachable",
  async () => {
    const script = `require("net").createServer().listen(0, "127.0.0.1", 1, function () { console.log(this.address().port) })`;
    const listener = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    const [port] = await within(8000, "The listener's port", once(listener.stdout, "data"));
    listener.kill("SIGSTOP");
    const empty = await fillQueue(Number(port), 8);
    try {
      expect(await askAt(`http://127.0.0.1:${Number(port)}`, 10_000)).toBe("502 UpstreamUnreachable");
    } finally {
      empty();
      listener.kill("SIGKILL");
    }
  },
);
