// The options of `npm run bench`.
import { optionError, parseOptions, wrongValue } from "../options.ts";
import { contenders } from "./contenders.ts";
import type { Size } from "./run-size.ts";

export interface BenchOptions {
  size: Size;
  json: boolean;
  /** The file to draw the chart into. */
  chart: string | undefined;
  /** Write the results into the benchmark's README and its chart. */
  write: boolean;
  /** The names of the contenders to measure. Default: all. */
  only: string[] | undefined;
  /** Measure answers in messages instead of the contenders. */
  messages: boolean;
  help: boolean;
}

const script = { task: "run the benchmark", command: "npm run bench" };
const names = contenders.map(({ name }) => name).join(", ");

export const benchHelp = `Measures the cost of streaming Amazon Bedrock's answers from a Lambda function: with Deltapipe's deployed bundle, and with
other libraries. AWS's Lambda runtime client runs all of them on Node 24 against the same local Bedrock.
The first run installs the other contenders' packages in scripts/bench/, and builds those in Rust if there is cargo, which takes
minutes.

Usage: npm run bench -- [options]

  --quick            fewer rounds and shorter streams: two to three minutes, for everyday use
  --only NAMES       measure these contenders only, separated by commas: ${names}
  --json             print all measurements as JSON on standard output
  --messages         measure answers in messages instead: delay and cost for several values of pushIntervalMs
  --write            also write the results into scripts/bench/README.md and the chart; needs a full run of all contenders
  --chart [FILE]     also draw the result as SVG (default scripts/bench/chart.svg)
  --help             print this text

A full run takes about a quarter of an hour and needs a machine that does nothing else.
`;

const defaultChart = "scripts/bench/chart.svg";
const definitions = {
  quick: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  chart: { type: "boolean", default: false },
  write: { type: "boolean", default: false },
  only: { type: "string" },
  messages: { type: "boolean", default: false },
} as const;

/** Throws `OptionError`. */
export function readBenchOptions(args: string[]): BenchOptions {
  const { values, positionals } = parseOptions(script, args, definitions, { allowPositionals: true });
  // parseArgs has no option with an optional value, so the chart's file is a positional argument.
  const [chartFile, ...others] = positionals;
  if (others.length > 0 || (chartFile !== undefined && !values.chart)) {
    const found = `unexpected argument "${others[0] ?? chartFile}"`;
    throw optionError(script, found, `${script.command} -- --help lists the options`);
  }
  const only = values.only?.split(",").filter(Boolean);
  const unknown = only?.find((name) => !contenders.some((contender) => contender.name === name));
  if (unknown !== undefined) throw wrongValue(script, "only", unknown, `choose from ${names}`);
  const partial = (["quick", "only", "messages"] as const).find((name) => values[name]);
  if (values.write && partial !== undefined) {
    const found = `--write together with --${partial}`;
    throw optionError(script, found, "leave one of them out, because only a full run is published");
  }
  return {
    size: values.quick ? "quick" : "full",
    json: values.json,
    chart: values.chart ? (chartFile ?? defaultChart) : undefined,
    write: values.write,
    only,
    messages: values.messages,
    help: values.help,
  };
}
