// Callers who send too slowly, too much, too little or the wrong thing, or who leave: none harms another.
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { delta, ending, event, pause } from "../../lib/local/bedrock/script.ts";
import { bareRequest, exchange, open, openSlowReader, type BareRequest } from "../support/bare-caller.ts";
import { within } from "../support/deadline.ts";
import { expectNoLosses, expectService, modelOf, modelsOf, type ScriptedRow } from "../support/fault-rows.ts";
import { recordsOf, startTestStack, type TestStack } from "../support/local-stack.ts";

interface CallerRow extends ScriptedRow {
  /** How the answer begins that comes back: the status, or nothing. */
  status: number | undefined;
  /** How the function's record ends; absent if the function is never asked. */
  outcome?: string;
  run(ask: Ask): Promise<string>;
}

type Ask = (options?: Parameters<typeof bareRequest>[2], request?: object) => Promise<BareRequest>;

const lastLine = `"type":"end"`;
const whole = ({ head, body }: BareRequest) => Buffer.concat([head, body]);
const rest = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function* spokenSlowly(...[request]: Parameters<ScriptedRow["script"]>) {
  yield { do: "accept" } as const;
  yield pause(500);
  yield event("messageStart", { role: "assistant" });
  yield delta(0, { text: "So far" });
  yield pause(1000);
  yield delta(0, { text: " and on" });
  yield* ending(request, "end_turn", 2);
}

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
  async function run(ask: Ask): Promise<string> {
    const socket = await open(stack.url);
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
  async function run(ask: Ask): Promise<string> {
    const socket = await open(stack.url);
    socket.write(whole(await ask()));
    await rest(200);
    leave(socket);
    return "";
  }
  return { ...leaver(fault, "", leave), status: undefined, run };
}

async function sendAll(bytes: Uint8Array, until?: string): Promise<string> {
  const socket = await open(stack.url);
  const received = await exchange(socket, bytes, until);
  socket.destroy();
  return received;
}

const rows: CallerRow[] = [
  answered("sends a byte at a time", async (ask) => {
    const { head, body } = await ask();
    const socket = await open(stack.url);
    socket.write(head);
    for (const byte of body) {
      await rest(25);
      socket.write(Buffer.of(byte));
    }
    const received = await exchange(socket, Buffer.alloc(0), lastLine);
    socket.destroy();
    return received;
  }),
  answered("reads a byte at a time", async (ask) => {
    const { socket, received } = await openSlowReader(stack.url, 1);
    socket.write(whole(await ask()));
    for (let waited = 0; !received().includes(lastLine) && waited < 15_000; waited += 50) await rest(50);
    socket.destroy();
    return received();
  }),
  answered("waits for leave to send its body", async (ask) => {
    const { head, body } = await ask({ headers: { expect: "100-continue" } });
    const socket = await open(stack.url);
    expect(await exchange(socket, head, "\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    const received = await exchange(socket, body, lastLine);
    socket.destroy();
    return received;
  }),
  answered("sends its body in chunks", async (ask) => {
    const { head, body } = await ask({ headers: { "transfer-encoding": "chunked" } });
    const chunks = [...body].map((byte) => `1\r\n${String.fromCharCode(byte)}\r\n`).join("");
    return sendAll(Buffer.concat([head, Buffer.from(`${chunks}0\r\n\r\n`)]), lastLine);
  }),
  deaf("leaves before the first line", (socket) => socket.resetAndDestroy()),
  deaf("ends its side after the request", (socket) => socket.end()),
  leaver("leaves in mid-stream", "So far", (socket) => socket.destroy()),
  leaver("resets its connection in mid-stream", "So far", (socket) => socket.resetAndDestroy()),
  leaver("leaves with the last line", lastLine, (socket) => socket.resetAndDestroy()),
  refused("leaves within the head", "nothing", async (ask) => {
    const { head } = await ask();
    const socket = await open(stack.url);
    socket.write(head.subarray(0, 100), () => socket.resetAndDestroy());
    return "";
  }),
  refused("leaves within the body", "nothing", async (ask) => {
    const { head, body } = await ask();
    const socket = await open(stack.url);
    socket.write(Buffer.concat([head, body.subarray(0, 10)]), () => socket.resetAndDestroy());
    await within(4000, "The end", once(socket, "close"));
    return "";
  }),
  refused("ends within the body", "400", async (ask) => {
    const { head, body } = await ask();
    const socket = await open(stack.url);
    const answer = exchange(socket, Buffer.concat([head, body.subarray(0, 10)]));
    socket.end();
    return answer;
  }),
  refused("sends a body that is not JSON", "400 InvalidRequest", async () => {
    return sendAll(whole(await bareRequest(stack.url, `{"modelId": ` as never)), "InvalidRequest");
  }),
  refused("uses another method", "405 MethodNotAllowed", async (ask) => {
    return sendAll(whole(await ask({ method: "PUT" })), "MethodNotAllowed");
  }),
  refused("sends more than 6 MB", "413", async (ask) => {
    return sendAll(whole(await ask({}, { prompt: "x".repeat(6 * 1024 * 1024) })));
  }),
  refused("signs with another secret", "403", async (ask) => {
    return sendAll(whole(await ask({ secretAccessKey: "another" })), "message");
  }),
  refused("has a clock that is ten minutes late", "403", async (ask) => {
    return sendAll(whole(await ask({ date: new Date(Date.now() - 600_000) })), "message");
  }),
];

const upstream = modelsOf(rows);
let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ bedrock: { kind: "local", options: { models: upstream.models } } });
  await expectService(stack);
});
afterAll(() => stack.close());

test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
  "a caller who %s: %s",
  async (_fault, _becomes, row) => {
    const model = modelOf(row);
    const request = { prompt: "x", modelId: model };
    const received = await within(
      18_000,
      `The end of "${row.fault}"`,
      row.run((options, other = request) => bareRequest(stack.url, other, options)),
    );
    const answer = received.replace("HTTP/1.1 100 Continue\r\n\r\n", "");
    expect(answer.slice(0, 12)).toBe(row.status === undefined ? "" : `HTTP/1.1 ${row.status}`);
    if (row.outcome === "end") await upstream.over(row);
    const key =
      row.outcome === "end" ? `"model":"${model}"` : (/requestid: (\S+)/i.exec(answer)?.[1] ?? `"${model}"`);
    if (row.outcome !== undefined) expect(await stack.record(key)).toMatchObject({ outcome: row.outcome });
    await expectService(stack);
    expect(recordsOf(stack.log, key)).toHaveLength(row.outcome === undefined ? 0 : 1);
  },
);

test("no environment is lost to any of it, and nothing is left upstream", async () => {
  await within(4000, "Bedrock's rest", stack.bedrock!.idle());
  expectNoLosses(stack);
});
