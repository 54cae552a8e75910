// The commands and their options: read, checked, typed.
import { parseArgs } from "node:util";
import { UsageError } from "./command-failure.ts";

export interface TargetOptions {
  url: string | undefined;
  region: string | undefined;
}

export interface ConversationOptions extends TargetOptions {
  model: string | undefined;
  system: string | undefined;
  maxTokens: number | undefined;
  temperature: number | undefined;
  /** Paths of files. */
  images: string[];
  documents: string[];
}

export interface AskOptions extends ConversationOptions {
  /** The prompt, as far as it stands on the command line. */
  words: string[];
  json: boolean;
}

export interface SignOptions extends TargetOptions {
  method: string | undefined;
  data: string | undefined;
  headers: boolean;
}

export type Command =
  | ({ name: "ask" } & AskOptions)
  | ({ name: "chat" } & ConversationOptions)
  | ({ name: "sign" } & SignOptions)
  | { name: "help" }
  | { name: "version" };

const definitions = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  url: { type: "string" },
  region: { type: "string" },
  model: { type: "string" },
  system: { type: "string" },
  "max-tokens": { type: "string" },
  temperature: { type: "string" },
  image: { type: "string", multiple: true },
  document: { type: "string", multiple: true },
  json: { type: "boolean" },
  data: { type: "string" },
  method: { type: "string" },
  headers: { type: "boolean" },
} as const;

const common = ["help", "version", "url", "region"];
const conversation = [...common, "model", "system", "max-tokens", "temperature", "image", "document"];
const known = {
  ask: [...conversation, "json"],
  chat: conversation,
  sign: [...common, "data", "method", "headers"],
};

/** Throws `UsageError`. */
export function readCommand(args: string[]): Command {
  const [name = "", ...rest] = args;
  if (name === "ask" || name === "chat" || name === "sign") return readOptions(name, rest);
  if (!name.startsWith("-")) {
    // What has spaces is a prompt, which is not repeated.
    const found = /^[\w-]+$/.test(name) ? `There is no command "${name}"` : "There is no command";
    throw new UsageError(`${found}: expected ask, chat or sign; deltapipe --help explains them`);
  }
  const { values } = parse(args);
  if (values.help) return { name: "help" };
  if (values.version) return { name: "version" };
  throw new UsageError("Options come after the command, ask, chat or sign; deltapipe --help explains them");
}

function readOptions(name: "ask" | "chat" | "sign", args: string[]): Command {
  const { values, positionals } = parse(args);
  const foreign = Object.keys(values).find((option) => !known[name].includes(option));
  if (foreign !== undefined) {
    throw new UsageError(`--${foreign} is no option of ${name}: deltapipe --help lists the options`);
  }
  if (values.help) return { name: "help" };
  if (values.version) return { name: "version" };
  if (name !== "ask" && positionals.length > 0) {
    throw new UsageError(`The command ${name} takes options alone: "${positionals[0]}" is none`);
  }
  const target = { url: values.url, region: values.region };
  if (name === "sign") {
    const { method, data, headers = false } = values;
    return { name, ...target, method, data, headers };
  }
  const options = {
    ...target,
    model: values.model,
    system: values.system,
    maxTokens: readMaxTokens(values["max-tokens"]),
    temperature: readTemperature(values.temperature),
    images: values.image ?? [],
    documents: values.document ?? [],
  };
  return name === "chat"
    ? { name, ...options }
    : { name, ...options, words: positionals, json: values.json ?? false };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: definitions, strict: true, allowPositionals: true });
  } catch (error) {
    // Node's own sentence names the option; what follows it does not help here.
    const [sentence] = (error as Error).message.split(/\.\s/);
    throw new UsageError(`${sentence}: deltapipe --help lists the options`);
  }
}

function readMaxTokens(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,8}$/.test(text)) return text === undefined ? text : Number(text);
  throw new UsageError(`--max-tokens is "${text}": expected a whole number above 0`);
}

function readTemperature(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^(0|1|[01]?\.\d+)$/.test(text) && Number(text) <= 1) return Number(text);
  throw new UsageError(`--temperature is "${text}": expected a number from 0 to 1`);
}
