// The options of `npm start`: read, checked, explained.
import { parseArgs } from "node:util";
import { OptionError } from "./run-script.ts";

export { help } from "./local-help.js";

export interface LocalOptions {
  port: number;
  bedrockPort: number;
  once: boolean;
  prompt: string | undefined;
  model: string | undefined;
  concurrency: number;
  /** Deltas a second of the scripted models. */
  pace: number;
  bedrock: "local" | "aws";
  help: boolean;
}

const definitions = {
  port: { type: "string", default: "9000" },
  "bedrock-port": { type: "string" },
  once: { type: "boolean", default: false },
  prompt: { type: "string" },
  model: { type: "string" },
  concurrency: { type: "string", default: "10" },
  pace: { type: "string", default: "40" },
  bedrock: { type: "string", default: "local" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Throws `OptionError`. */
export function readOptions(args: string[]): LocalOptions {
  if (args.some((argument) => /^--(host|bind|listen)\b/.test(argument))) {
    throw new OptionError(
      "The local stack listens on 127.0.0.1 alone: its secret is public. For other machines, forward its port over SSH",
    );
  }
  const values = parse(args);
  const { bedrock } = values;
  if (bedrock !== "local" && bedrock !== "aws") {
    throw new OptionError(`--bedrock is "${bedrock}": expected local or aws`);
  }
  for (const name of ["bedrock-port", "pace"] as const) {
    if (bedrock === "aws" && args.some((argument) => argument.startsWith(`--${name}`))) {
      throw new OptionError(`--${name} is the stand-in's: it has no meaning with --bedrock aws`);
    }
  }
  const port = wholeNumber("port", values.port, 0, 65535);
  const bedrockPort = wholeNumber("bedrock-port", values["bedrock-port"] ?? "9001", 0, 65535);
  if (port === bedrockPort && port !== 0 && bedrock === "local") {
    throw new OptionError(
      `--port and --bedrock-port are both ${port}: each needs one of its own (defaults: 9000 and 9001)`,
    );
  }
  return {
    port,
    bedrockPort,
    once: values.once,
    prompt: values.prompt,
    model: values.model,
    concurrency: wholeNumber("concurrency", values.concurrency, 1, 1000),
    pace: wholeNumber("pace", values.pace, 1, 1_000_000),
    bedrock,
    help: values.help,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: definitions, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node's own sentence names the option; its hints about positional arguments do not help here.
    const [sentence] = (error as Error).message.split(". ");
    throw new OptionError(`${sentence}: npm start -- --help lists the options`);
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most) {
    throw new OptionError(`--${name} is "${text}": expected a whole number from ${least} to ${most}`);
  }
  return number;
}
