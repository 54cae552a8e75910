// Chooses a caller's next request: the model, the ending that it must have, and whether the caller disconnects.
import { scriptedModels } from "../../lib/local/bedrock/index.ts";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Plan {
  modelId: string;
  /** The prompt without the key, which the caller appends. */
  prompt: string;
  /** The ending that the stream must have: `end`, or the code of an error. */
  ending: string;
  /** The number of events after which the caller disconnects. Undefined if it reads to the end. */
  disconnectsAfter?: number;
}

/** Returns a number from 0 up to, but not including, 1. */
export type Chance = () => number;

/** The same seed repeats the run, as far as timing allows. */
export function createChance(seed: number): Chance {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

const endings: Record<string, string> = {
  "local.throttled": "ThrottlingException",
  "local.denied": "UpstreamAccessDenied",
  "local.invalid": "ValidationException",
  "local.unavailable": "ServiceUnavailableException",
  "local.model-error": "ModelErrorException",
  "local.not-ready": "ModelNotReadyException",
  "local.model-timeout": "ModelTimeoutException",
  "local.not-found": "ResourceNotFoundException",
  "local.internal": "InternalServerException",
  "local.mid-internal": "InternalServerException",
  "local.mid-model-error": "ModelStreamErrorException",
  "local.mid-validation": "ValidationException",
  "local.mid-throttling": "ThrottlingException",
  "local.mid-unavailable": "ServiceUnavailableException",
  "local.first-throttling": "ThrottlingException",
  "local.cut": "StreamTruncated",
  "local.half-frame": "StreamTruncated",
  "local.unfinished": "StreamTruncated",
  "local.bad-checksum": "StreamCorrupt",
  "local.bad-prelude": "StreamCorrupt",
  "local.not-json": "StreamCorrupt",
  "local.html": "UpstreamInvalid",
  "local.stall": "UpstreamTimeout",
  "local.silence": "UpstreamTimeout",
  "local.mute": "UpstreamTimeout",
};
const whole = Object.keys(scriptedModels).filter((id) => endings[id] === undefined);
const faults = Object.keys(endings);

const mixedText =
  'Plain, Ünïcödé, Русский, עברית, हिन्दी, 日本語, 😀👩‍👩‍👧🇮🇸, \0\u001b\u2028\ufeff "quoted" \\ /\r\n\t';

/** Of ten callers seven read a complete answer, two get a fault and one disconnects. */
export function choosePlan(chance: Chance): Plan {
  const turn = chance();
  const pick = (ids: string[]) => ids[Math.floor(chance() * ids.length)] ?? "local.story";
  if (turn < 0.2) {
    const modelId = pick(faults);
    return { modelId, prompt: "Fail", ending: endings[modelId] ?? "" };
  }
  const modelId = pick(whole);
  const prompt = promptFor(modelId, chance);
  if (turn >= 0.3) return { modelId, prompt, ending: "end" };
  return { modelId, prompt, ending: "end", disconnectsAfter: Math.floor(chance() * 20) };
}

function promptFor(modelId: string, chance: Chance): string {
  if (modelId === "local.flood") return `${Math.ceil(10 ** (1 + 4 * chance()))} deltas for`;
  if (modelId === "local.echo") return mixedText.repeat(Math.ceil(100 * chance()));
  return "Tell me about";
}
