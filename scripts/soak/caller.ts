// One caller: asks, reads, compares or leaves, and asks again until its time is up.
import { createHash } from "node:crypto";
import { DeltapipeError, type Client, type ConverseStream } from "../../lib/client/index.ts";
import { enter, type Ledger, type Result } from "./ledger.ts";
import { choosePlan, type Chance, type Plan } from "./plan.ts";
import { addEvent, type Played } from "./played.ts";

export interface CallerOptions {
  client: Client;
  played: Played;
  ledger: Ledger;
  chance: Chance;
  /** A word that no other request has. */
  nextKey: () => string;
  /** `performance.now()` at which it asks no more. */
  until: number;
}

export async function runCaller(options: CallerOptions): Promise<void> {
  while (performance.now() < options.until) {
    enter(options.ledger, await ask(choosePlan(options.chance), options.nextKey(), options));
  }
}

async function ask(plan: Plan, key: string, { client, played }: CallerOptions): Promise<Result> {
  const { modelId, leavesAfter = Infinity } = plan;
  const reading = createReading();
  const startedAt = performance.now();
  const stream = client.converse({ modelId, prompt: `${plan.prompt} ${key}` });
  const ending = await read(stream, (event, count) => {
    if (count > leavesAfter) return false;
    reading.add(event, performance.now() - startedAt);
    return true;
  });
  const sent = played.take(key);
  const { digest, deltas, bytes, firstDeltaMs } = reading.result();
  // A refusal has no events, and so the digest of none; of what a leaver missed nothing is said.
  return { modelId, expected: plan.ending, ending, isSame: digest === sent, deltas, bytes, firstDeltaMs };
}

type Event = { type: string };

/** `end`, `left`, or the failure's code. */
async function read(
  stream: ConverseStream,
  onEvent: (event: Event, count: number) => boolean,
): Promise<string> {
  let count = 0;
  try {
    for await (const event of stream) if (!onEvent(event, count++)) return "left";
    return "end";
  } catch (error) {
    if (!(error instanceof DeltapipeError)) throw error;
    return error.code ?? error.name;
  }
}

function createReading() {
  const hash = createHash("sha256");
  let deltas = 0;
  let bytes = 0;
  let firstDeltaMs: number | undefined;
  return {
    add({ type, ...payload }: Event, milliseconds: number): void {
      bytes += JSON.stringify(payload).length;
      if (type === "start" || type === "ping" || type === "end") return;
      if (type === "contentBlockDelta") {
        deltas++;
        firstDeltaMs ??= milliseconds;
      }
      addEvent(hash, type, payload);
    },
    result: () => ({ digest: hash.digest("base64"), deltas, bytes, firstDeltaMs }),
  };
}
