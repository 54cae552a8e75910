// Chooses a caller's next request: the model, the prompt, the ending that the stream must have, and whether the caller
// disconnects.
import { scriptedModels } from "../../lib/local/bedrock/index.ts";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface ChosenRequest {
  modelId: string;
  /** The prompt without its last word. The caller appends that word, by which it recognizes the answer. */
  prompt: string;
  /** The ending that the stream must have: `end`, or the code of an error. */
  ending: string;
  /** The number of events after which the caller disconnects. Undefined if it reads to the end. */
  disconnectsAfter?: number;
}

/** Returns a number from 0 up to, but not including, 1. */
export type Chance = () => number;

/** The same seed repeats the run, apart from differences in timing. */
export function createChance(seed: number): Chance {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

const models = Object.entries(scriptedModels).map(([id, { becomes }]) => ({ id, ending: becomes ?? "end" }));
const complete = models.filter(({ ending }) => ending === "end");
const failing = models.filter(({ ending }) => ending !== "end");

const mixedText =
  'Plain, Ünïcödé, Русский, עברית, हिन्दी, 日本語, 😀👩‍👩‍👧🇮🇸, \0\u001b\u2028\ufeff "quoted" \\ /\r\n\t';

/** On average, of ten requests seven get a complete answer, two get a fault, and one is ended by its caller. */
export function chooseRequest(chance: Chance): ChosenRequest {
  const turn = chance();
  const pick = (some: typeof models) => some[Math.floor(chance() * some.length)]!;
  if (turn < 0.2) {
    const { id, ending } = pick(failing);
    return { modelId: id, prompt: "Fail", ending };
  }
  const { id: modelId, ending } = pick(complete);
  const prompt = promptFor(modelId, chance);
  if (turn >= 0.3) return { modelId, prompt, ending };
  return { modelId, prompt, ending, disconnectsAfter: Math.floor(chance() * 20) };
}

function promptFor(modelId: string, chance: Chance): string {
  if (modelId === "local.flood") return `${Math.ceil(10 ** (1 + 4 * chance()))} deltas for`;
  if (modelId === "local.echo") return mixedText.repeat(Math.ceil(100 * chance()));
  return "Tell me about";
}
