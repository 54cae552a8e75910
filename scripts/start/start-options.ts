// The options of `npm start`: read, checked, explained.
import { parseArgs } from "node:util";
import { isLoopback } from "../../lib/local/loopback.ts";
import { OptionError } from "../run-script.ts";

export { help } from "./start-help.js";

export interface LocalOptions {
  port: number;
  bedrockPort: number;
  once: boolean;
  prompt: string | undefined;
  model: string | undefined;
  concurrency: number;
  /** Deltas a second of the scripted models. */
  pace: number;
  /** `local`, `aws`, or the URL of an endpoint. */
  bedrock: string;
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
  const bedrock = readBedrock(values.bedrock);
  for (const name of ["bedrock-port", "pace"] as const) {
    if (bedrock !== "local" && args.some((argument) => argument.startsWith(`--${name}`))) {
      throw new OptionError(`--${name} is the stand-in's: it has no meaning with --bedrock ${bedrock}`);
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

function readBedrock(value: string): string {
  if (value === "local" || value === "aws") return value;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && (url.username || url.password)) {
    // Not repeated: it is a secret.
    throw new OptionError(
      "--bedrock has a user name or password in its URL: requests are signed, so leave it out",
    );
  }
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new OptionError(`--bedrock is "${value}": expected local, aws or the URL of an endpoint`);
  }
  if (url.search || url.hash) {
    throw new OptionError(`--bedrock is "${value}": expected a URL without a query and without a fragment`);
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname.replaceAll(/[[\]]/g, ""))) {
    throw new OptionError(
      `--bedrock is "${value}": expected https, as prompts would cross the network unencrypted; http is for this machine`,
    );
  }
  return url.href;
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
