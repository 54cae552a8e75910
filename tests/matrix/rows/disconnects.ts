// Rows of callers who disconnect, or close their side of the connection, before, during or after the request.
import { once } from "node:events";
import type { Socket } from "node:net";
import type { ScriptedRequest, Step } from "../../../lib/local/bedrock/script.ts";
import { exchange, openConnection } from "../../support/callers/bare-caller.ts";
import {
  type Ask,
  type CallerRow,
  lastLine,
  rejected,
  completeRequest,
} from "../../support/matrix/caller-rows.ts";
import { waitFor } from "../../support/deadline.ts";
import { spokenSlowly } from "../../support/servers/slow-model.ts";

/** Sends the request, and disconnects after the text `until` has come. The function still reads Bedrock's answer to its end. */
function disconnects(fault: string, until: string, disconnect: (socket: Socket) => unknown): CallerRow {
  async function run(ask: Ask, url: string): Promise<string> {
    const socket = await openConnection(url);
    const received = await exchange(socket, completeRequest(await ask()), until);
    disconnect(socket);
    return received;
  }
  return {
    fault,
    becomes: "nothing more, and the log record has the outcome end",
    status: 200,
    outcome: "end",
    run,
    script: spokenSlowly,
  };
}

/** Sends the request and disconnects before the model says anything. */
function disconnectsEarly(fault: string, disconnect: (socket: Socket) => unknown): CallerRow {
  let called = (): void => undefined;
  const call = new Promise<void>((resolve) => (called = resolve));
  let disconnected = (): void => undefined;
  const disconnection = new Promise<void>((resolve) => (disconnected = resolve));

  async function run(ask: Ask, url: string): Promise<string> {
    const socket = await openConnection(url);
    socket.write(completeRequest(await ask()));
    await waitFor("The call to Bedrock", call);
    disconnect(socket);
    disconnected();
    return "";
  }
  async function* script(request: ScriptedRequest): AsyncGenerator<Step> {
    called();
    await disconnection;
    yield* spokenSlowly(request);
  }
  return { ...disconnects(fault, "", disconnect), status: undefined, run, script };
}

export const disconnectRows: CallerRow[] = [
  disconnectsEarly("disconnects before the first line", (socket) => socket.resetAndDestroy()),
  disconnectsEarly("closes its side after the request", (socket) => socket.end()),
  disconnects("disconnects in mid-stream", "So far", (socket) => socket.destroy()),
  disconnects("resets its connection in mid-stream", "So far", (socket) => socket.resetAndDestroy()),
  disconnects("disconnects at the last line", lastLine, (socket) => socket.resetAndDestroy()),
  rejected("disconnects within the head", "nothing", async (ask, url) => {
    const { head } = await ask();
    const socket = await openConnection(url);
    socket.write(head.subarray(0, 100), () => socket.resetAndDestroy());
    return "";
  }),
  rejected("disconnects within the body", "nothing", async (ask, url) => {
    const { head, body } = await ask();
    const socket = await openConnection(url);
    socket.write(Buffer.concat([head, body.subarray(0, 10)]), () => socket.resetAndDestroy());
    await waitFor("The end", once(socket, "close"));
    return "";
  }),
  rejected("closes its side within the body", "400", async (ask, url) => {
    const { head, body } = await ask();
    const socket = await openConnection(url);
    const answer = exchange(socket, Buffer.concat([head, body.subarray(0, 10)]));
    socket.end();
    return answer;
  }),
];
