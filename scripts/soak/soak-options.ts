// The options of `npm run soak`.
import { parseArgs } from "node:util";
import { OptionError } from "../run-script.ts";

export interface SoakOptions {
  callers: number;
  milliseconds: number;
  seed: number;
  help: boolean;
}

export const help = `Drives the local stack with many callers at once: whole answers of all kinds, every fault, and callers who leave.
Each stream is compared, event by event, with what the model sent. Ends with a table; the exit code is 0 if nothing
was lost and every failure was one that the model was asked for.

Usage: npm run soak -- [options]

  --callers N    callers at once, each with a Lambda environment (default 8)
  --minutes M    for how long (default 1)
  --seconds S    in place of --minutes
  --seed N       which caller does what: printed at the start (default: another each time)
  --help         this text
`;

/** Throws `OptionError`. */
export function readOptions(args: string[]): SoakOptions {
  try {
    return read(args);
  } catch (error) {
    throw new OptionError(`${(error as Error).message}: npm run soak -- --help lists the options`);
  }
}

function read(args: string[]): SoakOptions {
  const { values } = parseArgs({
    args,
    options: {
      callers: { type: "string", default: "8" },
      minutes: { type: "string" },
      seconds: { type: "string" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.minutes !== undefined && values.seconds !== undefined) {
    throw new Error("--minutes and --seconds exclude each other");
  }
  const seconds = number("seconds", values.seconds ?? String(60 * number("minutes", values.minutes ?? "1")));
  const callers = number("callers", values.callers);
  if (!Number.isInteger(callers) || callers > 500)
    throw new Error("--callers must be a whole number up to 500");
  return {
    callers,
    milliseconds: seconds * 1000,
    seed: Math.trunc(Number(values.seed)) || 1,
    help: values.help,
  };
}

function number(name: string, text: string): number {
  if (!/^\d{1,6}(\.\d+)?$/.test(text) || Number(text) === 0) {
    throw new Error(`--${name} is "${text}": expected a number above 0`);
  }
  return Number(text);
}
