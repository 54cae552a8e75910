// The local Bedrock's model in the benchmark. The prompt says how many deltas to send, and how fast.
import {
  delta,
  ending,
  event,
  eventFrame,
  pause,
  type ScriptedModel,
  type Step,
} from "../../lib/local/bedrock/index.ts";

export interface RequestedAnswer {
  deltas: number;
  /** Milliseconds before the first event. */
  delayMs?: number;
  /** Deltas per second. Each delta then contains the time of its creation. Undefined: as fast as the reader takes them. */
  perSecond?: number;
  /** The length of each delta's text if there is no `perSecond`. Undefined: the deltas are numbered, and their lengths vary. */
  characters?: number;
}

/** Many frames go into one write, so that the local Bedrock is faster than every contender and does not limit the result. */
const framesPerBlock = 500;
const blocks = new Map<number, Buffer>();

export const upstreamModel: ScriptedModel = {
  description: "sends the answer that the prompt, a JSON object, describes",
  *script(request) {
    const answer = JSON.parse(request.prompt) as RequestedAnswer;
    if (answer.delayMs) yield pause(answer.delayMs);
    yield event("messageStart", { role: "assistant" });
    yield* deltasOf(answer);
    yield event("contentBlockStop", { contentBlockIndex: 0 });
    yield* ending(request, "end_turn", answer.deltas);
  },
};

/** The text of all numbered deltas together. */
export function numberedText(deltas: number): string {
  return Array.from({ length: deltas }, (_, number) => numbered(number)).join("");
}

/** Matches the creation time in the text of a delta with a pace, in nanoseconds of the clock that all processes share. */
export const stampPattern = /@(\d+);/g;

function* deltasOf({ deltas, perSecond, characters }: RequestedAnswer): Generator<Step> {
  if (perSecond !== undefined) {
    for (let number = 0; number < deltas; number++) {
      yield delta(0, { text: `@${process.hrtime.bigint()};` });
      yield pause(1000 / perSecond);
    }
  } else if (characters !== undefined) {
    for (let left = deltas; left > 0; left -= framesPerBlock) {
      const bytes = blockOf(characters);
      yield { do: "bytes", bytes: left >= framesPerBlock ? bytes : bytes.subarray(0, lengthOf(bytes, left)) };
    }
  } else {
    for (let number = 0; number < deltas; number++) yield delta(0, { text: numbered(number) });
  }
}

function numbered(number: number): string {
  return `${number} Grüße, "世界" \n${"👩‍🚀".repeat(number % 4)}`;
}

function blockOf(characters: number): Buffer {
  let block = blocks.get(characters);
  if (!block) {
    const payload = { contentBlockIndex: 0, delta: { text: "x".repeat(characters) } };
    const frames = Array.from({ length: framesPerBlock }, () => eventFrame("contentBlockDelta", payload));
    blocks.set(characters, (block = Buffer.concat(frames)));
  }
  return block;
}

function lengthOf(block: Buffer, frames: number): number {
  let at = 0;
  for (let frame = 0; frame < frames; frame++) at += block.readUInt32BE(at);
  return at;
}
