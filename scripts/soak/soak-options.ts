// The options of `npm run soak`.
import { optionError, parseOptions, readWholeNumber, wrongValue } from "../options.ts";

export interface SoakOptions {
  callers: number;
  milliseconds: number;
  seed: number;
  help: boolean;
}

const script = { task: "run the soak", command: "npm run soak" };

export const soakHelp = `Sends requests from many callers at once to the local stack: complete answers of all kinds, every fault, and callers
who disconnect. Compares each stream, event by event, with what the model sent, and prints a table. Exits with 0 if
nothing was lost, each stream ended as its request demanded, and the log and the execution environments show no problem.

Usage: npm run soak -- [options]

  --callers N    callers at once, with up to two execution environments for each (default 8)
  --minutes M    how long to run (default 1)
  --seconds S    the same in seconds
  --seed N       repeat the requests of the run that printed this seed (default: random)
  --help         print this text
`;

const mostCallers = 500;
const definitions = {
  callers: { type: "string", default: "8" },
  minutes: { type: "string" },
  seconds: { type: "string" },
  seed: { type: "string" },
} as const;

/** Throws `OptionError`. */
export function readSoakOptions(args: string[]): SoakOptions {
  const { values } = parseOptions(script, args, definitions);
  const { minutes = "1", seconds, seed = String(Date.now() % 1_000_000) } = values;
  if (values.minutes !== undefined && seconds !== undefined) {
    throw optionError(script, "--minutes and --seconds are both given", "give one of them");
  }
  return {
    callers: readWholeNumber(script, "callers", values.callers, [1, mostCallers]),
    milliseconds:
      1000 * (seconds === undefined ? 60 * readTime("minutes", minutes) : readTime("seconds", seconds)),
    seed: readWholeNumber(script, "seed", seed, [-(2 ** 31), 2 ** 31 - 1]),
    help: values.help,
  };
}

function readTime(name: string, text: string): number {
  if (/^\d{1,6}(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw wrongValue(script, name, text, "give a number above 0");
}
