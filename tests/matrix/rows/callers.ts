// What callers do: each row sends its own bytes on a socket of its own.
import { once } from "node:events";
import type { Socket } from "node:net";
import { expect } from "vitest";
import {
  bareRequest,
  exchange,
  open,
  openSlowReader,
  sendAll,
  type BareRequest,
} from "../../support/bare-caller.ts";
import { within } from "../../support/deadline.ts";
import type { ScriptedRow } from "../../support/fault-rows.ts";
import { spokenSlowly } from "../../support/slow-speech.ts";

export interface CallerRow extends ScriptedRow {
  /** How the answer begins that comes back: the status, or nothing. */
  status: number | undefined;
  /** How the function's record ends; absent if the function is never asked. */
  outcome?: string;
  run(ask: Ask, url: string): Promise<string>;
}

type Ask = (options?: Parameters<typeof bareRequest>[2], request?: object) => Promise<BareRequest>;

const lastLine = `"type":"end"`;
const whole = ({ head, body }: BareRequest) => Buffer.concat([head, body]);
const rest = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function answered(fault: string, run: CallerRow["run"]): CallerRow {
  return { fault, becomes: "200 end", status: 200, outcome: "end", run, script: spokenSlowly };
}

function refused(fault: string, becomes: string, run: CallerRow["run"]): CallerRow {
  const status = Number(becomes.slice(0, 3)) || undefined;
  const [, outcome] = becomes.split(" ");
  return {
    fault,
    becomes,
    status,
    ...(status !== undefined && outcome && { outcome }),
    run,
    script: spokenSlowly,
  };
}

/** Sends the request and leaves when this has come back; what the model says is read to its end all the same. */
function leaver(fault: string, until: string, leave: (socket: Socket) => unknown): CallerRow {
  async function run(ask: Ask, url: string): Promise<string> {
    const socket = await open(url);
    const received = await exchange(socket, whole(await ask()), until);
    leave(socket);
    return received;
  }
  return {
    fault,
    becomes: "the record says end",
    status: 200,
    outcome: "end",
    run,
    script: spokenSlowly,
  };
}

/** Sends the request, and leaves in the silence before its answer. */
function deaf(fault: string, leave: (socket: Socket) => unknown): CallerRow {
  async function run(ask: Ask, url: string): Promise<string> {
    const socket = await open(url);
    socket.write(whole(await ask()));
    await rest(200);
    leave(socket);
    return "";
  }
  return { ...leaver(fault, "", leave), status: undefined, run };
}

export const callerRows: CallerRow[] = [
  answered("sends a byte at a time", async (ask, url) => {
    const { head, body } = await ask();
    const socket = await open(url);
    socket.write(head);
    for (const byte of body) {
      await rest(25);
      socket.write(Buffer.of(byte));
    }
    const received = await exchange(socket, Buffer.alloc(0), lastLine);
    socket.destroy();
    return received;
  }),
  answered("reads a byte at a time", async (ask, url) => {
    const { socket, received } = await openSlowReader(url, 1);
    socket.write(whole(await ask()));
    for (let waited = 0; !received().includes(lastLine) && waited < 15_000; waited += 50) await rest(50);
    socket.destroy();
    return received();
  }),
  answered("waits for leave to send its body", async (ask, url) => {
    const { head, body } = await ask({ headers: { expect: "100-continue" } });
    const socket = await open(url);
    expect(await exchange(socket, head, "\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    const received = await exchange(socket, body, lastLine);
    socket.destroy();
    return received;
  }),
  answered("sends its body in chunks", async (ask, url) => {
    const { head, body } = await ask({ headers: { "transfer-encoding": "chunked" } });
    const chunks = [...body].map((byte) => `1\r\n${String.fromCharCode(byte)}\r\n`).join("");
    return sendAll(url, Buffer.concat([head, Buffer.from(`${chunks}0\r\n\r\n`)]), lastLine);
  }),
  deaf("leaves before the first line", (socket) => socket.resetAndDestroy()),
  deaf("ends its side after the request", (socket) => socket.end()),
  leaver("leaves in mid-stream", "So far", (socket) => socket.destroy()),
  leaver("resets its connection in mid-stream", "So far", (socket) => socket.resetAndDestroy()),
  leaver("leaves with the last line", lastLine, (socket) => socket.resetAndDestroy()),
  refused("leaves within the head", "nothing", async (ask, url) => {
    const { head } = await ask();
    const socket = await open(url);
    socket.write(head.subarray(0, 100), () => socket.resetAndDestroy());
    return "";
  }),
  refused("leaves within the body", "nothing", async (ask, url) => {
    const { head, body } = await ask();
    const socket = await open(url);
    socket.write(Buffer.concat([head, body.subarray(0, 10)]), () => socket.resetAndDestroy());
    await within(4000, "The end", once(socket, "close"));
    return "";
  }),
  refused("ends within the body", "400", async (ask, url) => {
    const { head, body } = await ask();
    const socket = await open(url);
    const answer = exchange(socket, Buffer.concat([head, body.subarray(0, 10)]));
    socket.end();
    return answer;
  }),
  refused("sends a body that is not JSON", "400 InvalidRequest", async (_, url) => {
    return sendAll(url, whole(await bareRequest(url, `{"modelId": ` as never)), "InvalidRequest");
  }),
  refused("uses another method", "405 MethodNotAllowed", async (ask, url) => {
    return sendAll(url, whole(await ask({ method: "PUT" })), "MethodNotAllowed");
  }),
  refused("sends more than 6 MB", "413", async (ask, url) => {
    return sendAll(url, whole(await ask({}, { prompt: "x".repeat(6 * 1024 * 1024) })));
  }),
  refused("signs with another secret", "403", async (ask, url) => {
    return sendAll(url, whole(await ask({ secretAccessKey: "another" })), "message");
  }),
  refused("has a clock that is ten minutes late", "403", async (ask, url) => {
    return sendAll(url, whole(await ask({ date: new Date(Date.now() - 600_000) })), "message");
  }),
];
