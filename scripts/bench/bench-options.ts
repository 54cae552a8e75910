// The options of `npm run bench`: read, checked, explained.
import { parseArgs } from "node:util";
import { OptionError } from "../run-script.ts";
import { contenders } from "./contenders.ts";
import type { Size } from "./stages.ts";

export interface BenchOptions {
  size: Size;
  json: boolean;
  /** The file to draw the chart into. */
  chart: string | undefined;
  only: string[] | undefined;
  help: boolean;
}

export const help = `Measures what it costs to stream Amazon Bedrock's answers out of a Lambda: Deltapipe's bundle as it is deployed, and
the other ways of doing it, each run by AWS's Lambda runtime client on Node 24 against the same stand-in for Bedrock.
The first run installs the others' packages under scripts/bench/.

Usage: npm run bench -- [options]

  --quick            fewer rounds and shorter streams: under two minutes, for everyday use
  --only NAMES       some contenders alone, separated by commas: ${contenders.map(({ name }) => name).join(", ")}
  --json             everything that was measured, as JSON on standard output
  --chart [FILE]     draw the result as SVG as well (default scripts/bench/chart.svg)
  --help             this text

A full run takes about a quarter of an hour, and wants a machine that does nothing else.
`;

const defaultChart = "scripts/bench/chart.svg";
const definitions = {
  quick: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  chart: { type: "boolean", default: false },
  only: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Throws `OptionError`. */
export function readOptions(args: string[]): BenchOptions {
  const { values, positionals } = parse(args);
  const [chartFile, ...others] = positionals;
  if (others.length > 0 || (chartFile !== undefined && !values.chart)) {
    throw new OptionError(`"${others[0] ?? chartFile}" is no option: see npm run bench -- --help`);
  }
  const only = values.only?.split(",").filter(Boolean);
  const unknown = only?.find((name) => !contenders.some((contender) => contender.name === name));
  if (unknown !== undefined) {
    const names = contenders.map(({ name }) => name).join(", ");
    throw new OptionError(`--only names "${unknown}": expected some of ${names}`);
  }
  return {
    size: values.quick ? "quick" : "full",
    json: values.json,
    chart: values.chart ? (chartFile ?? defaultChart) : undefined,
    only,
    help: values.help,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: definitions, strict: true, allowPositionals: true });
  } catch (error) {
    const message = (error as Error).message.split(". ", 1)[0];
    throw new OptionError(`${message}: see npm run bench -- --help`);
  }
}
