// One caller of the soak: sends requests, reads and compares the answers or disconnects, until its time is up.
import { createHash } from "node:crypto";
import { DeltapipeError, type Client, type ConverseStream } from "../../lib/client/index.ts";
import { recordResult, type Ledger, type StreamResult } from "./ledger.ts";
import { chooseRequest, type Chance, type ChosenRequest } from "./choose-request.ts";
import { addEvent, type DigestedModels } from "./sent-digests.ts";

export interface CallerOptions {
  client: Client;
  played: DigestedModels;
  ledger: Ledger;
  chance: Chance;
  /** Returns a word that no other request has. */
  nextKey: () => string;
  /** The time, from `performance.now()`, after which the caller sends no more requests. */
  until: number;
}

export async function runCaller(options: CallerOptions): Promise<void> {
  while (performance.now() < options.until) {
    recordResult(options.ledger, await ask(chooseRequest(options.chance), options.nextKey(), options));
  }
}

async function ask(
  plan: ChosenRequest,
  key: string,
  { client, played }: CallerOptions,
): Promise<StreamResult> {
  const { modelId, disconnectsAfter = Infinity } = plan;
  const reading = createReading();
  const startedAt = performance.now();
  const stream = client.converse({ modelId, prompt: `${plan.prompt} ${key}` });
  const ending = await read(stream, (event, count) => {
    if (count > disconnectsAfter) return false;
    reading.add(event, performance.now() - startedAt);
    return true;
  });
  const sent = played.take(key);
  const { digest, deltas, bytes, firstDeltaMs } = reading.result();
  // An error response has no events on either side, so the digests are equal. After a disconnect they are not compared.
  return { modelId, expected: plan.ending, ending, isSame: digest === sent, deltas, bytes, firstDeltaMs };
}

type Event = { type: string };

/** Resolves with `end`, `disconnected`, or the code (else the name) of the error. */
async function read(
  stream: ConverseStream,
  onEvent: (event: Event, count: number) => boolean,
): Promise<string> {
  let count = 0;
  try {
    for await (const event of stream) if (!onEvent(event, count++)) return "disconnected";
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
