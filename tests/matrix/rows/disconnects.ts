// Callers who leave, or end their side: before they have asked, before they are answered, and during the answer.
import { once } from "node:events";
import type { Socket } from "node:net";
import type { ScriptedRequest, Step } from "../../../lib/local/bedrock/script.ts";
import { exchange, openConnection } from "../../support/callers/bare-caller.ts";
import { type Ask, type CallerRow, lastLine, refused, whole } from "../../support/rows/caller-rows.ts";
import { waitFor } from "../../support/deadline.ts";
import { spokenSlowly } from "../../support/servers/slow-model.ts";

/** Sends the request and leaves when this has come back; what the model says is read to its end all the same. */
function leaver(fault: string, until: string, leave: (socket: Socket) => unknown): CallerRow {
  async function run(ask: Ask, url: string): Promise<string> {
    const socket = await openConnection(url);
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
  let called = (): void => undefined;
  const call = new Promise<void>((resolve) => (called = resolve));
  let left = (): void => undefined;
  const leaving = new Promise<void>((resolve) => (left = resolve));

  async function run(ask: Ask, url: string): Promise<string> {
    const socket = await openConnection(url);
    socket.write(whole(await ask()));
    await waitFor("The call to Bedrock", call);
    leave(socket);
    left();
    return "";
  }
  async function* script(request: ScriptedRequest): AsyncGenerator<Step> {
    called();
    await leaving;
    yield* spokenSlowly(request);
  }
  return { ...leaver(fault, "", leave), status: undefined, run, script };
}

export const leaverRows: CallerRow[] = [
  deaf("leaves before the first line", (socket) => socket.resetAndDestroy()),
  deaf("ends its side after the request", (socket) => socket.end()),
  leaver("leaves in mid-stream", "So far", (socket) => socket.destroy()),
  leaver("resets its connection in mid-stream", "So far", (socket) => socket.resetAndDestroy()),
  leaver("leaves with the last line", lastLine, (socket) => socket.resetAndDestroy()),
  refused("leaves within the head", "nothing", async (ask, url) => {
    const { head } = await ask();
    const socket = await openConnection(url);
    socket.write(head.subarray(0, 100), () => socket.resetAndDestroy());
    return "";
  }),
  refused("leaves within the body", "nothing", async (ask, url) => {
    const { head, body } = await ask();
    const socket = await openConnection(url);
    socket.write(Buffer.concat([head, body.subarray(0, 10)]), () => socket.resetAndDestroy());
    await waitFor("The end", once(socket, "close"));
    return "";
  }),
  refused("ends within the body", "400", async (ask, url) => {
    const { head, body } = await ask();
    const socket = await openConnection(url);
    const answer = exchange(socket, Buffer.concat([head, body.subarray(0, 10)]));
    socket.end();
    return answer;
  }),
];
