// Reads and checks the commands and their options.
import { parseArgs } from "node:util";
import { UsageError } from "./command-failure.ts";
import { readIdempotencyKey, readMaxTokens, readPort, readTemperature } from "./option-values.ts";

export interface TargetOptions {
  url: string | undefined;
  region: string | undefined;
  /** A profile in the AWS configuration. If undefined, the environment variables decide which credentials are used. */
  profile: string | undefined;
}

export interface ConversationOptions extends TargetOptions {
  model: string | undefined;
  system: string | undefined;
  /** Path of a file with the conversation so far. */
  messages: string | undefined;
  maxTokens: number | undefined;
  temperature: number | undefined;
  /** Paths of image files. */
  images: string[];
  /** Paths of document files. */
  documents: string[];
  /** Goes on with an answer whose connection was lost, and cancels an answer at Ctrl-C. */
  resume: boolean;
}

export interface AskOptions extends ConversationOptions {
  /** The words of the prompt that are on the command line. Standard input may add more text. */
  words: string[];
  json: boolean;
  /** Set only with `resume`. */
  idempotencyKey: string | undefined;
}

export interface CancelOptions extends TargetOptions {
  idempotencyKey: string;
}

export interface ModelsOptions extends TargetOptions {
  json: boolean;
}

export interface SignOptions extends TargetOptions {
  method: string | undefined;
  data: string | undefined;
  headers: boolean;
}

export interface ProxyCommandOptions extends TargetOptions {
  /** Default: 9100. */
  port: number;
  ipv6: boolean;
  requireToken: boolean;
  quiet: boolean;
}

export interface PageCommandOptions extends TargetOptions {
  webSocketUrl: string | undefined;
  appSyncUrl: string | undefined;
  /** Default: 9101. */
  port: number;
  quiet: boolean;
}

export type Command =
  | ({ name: "ask" } & AskOptions)
  | ({ name: "chat" } & ConversationOptions)
  | ({ name: "cancel" } & CancelOptions)
  | ({ name: "models" } & ModelsOptions)
  | ({ name: "sign" } & SignOptions)
  | ({ name: "proxy" } & ProxyCommandOptions)
  | ({ name: "page" } & PageCommandOptions)
  | { name: "help" }
  | { name: "version" };

/** All options, as `parseArgs` takes them. */
export const optionDefinitions = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  url: { type: "string" },
  region: { type: "string" },
  profile: { type: "string" },
  model: { type: "string" },
  system: { type: "string" },
  messages: { type: "string" },
  "max-tokens": { type: "string" },
  temperature: { type: "string" },
  image: { type: "string", multiple: true },
  document: { type: "string", multiple: true },
  resume: { type: "boolean" },
  "idempotency-key": { type: "string" },
  json: { type: "boolean" },
  data: { type: "string" },
  method: { type: "string" },
  headers: { type: "boolean" },
  port: { type: "string" },
  ipv6: { type: "boolean" },
  "require-token": { type: "boolean" },
  quiet: { type: "boolean" },
  "websocket-url": { type: "string" },
  "appsync-url": { type: "string" },
} as const;

const common = ["help", "version", "url", "region", "profile"];
const conversation = [
  ...common,
  "model",
  "system",
  "messages",
  "max-tokens",
  "temperature",
  "image",
  "document",
  "resume",
];
/** The names of the options that each command has. */
export const optionsOfCommand = {
  ask: [...conversation, "idempotency-key", "json"],
  chat: conversation,
  cancel: common,
  models: [...common, "json"],
  sign: [...common, "data", "method", "headers"],
  proxy: [...common, "port", "ipv6", "require-token", "quiet"],
  page: [...common, "websocket-url", "appsync-url", "port", "quiet"],
};
type CommandName = keyof typeof optionsOfCommand;

/** Throws `UsageError` for an unknown command or option, and for an unusable value. */
export function readCommand(args: string[]): Command {
  const [name = "", ...rest] = args;
  if (isCommand(name)) return readOptions(name, rest);
  if (!name.startsWith("-")) {
    // Text with spaces is probably a prompt, and errors never quote prompts.
    const found = /^[\w-]+$/.test(name) ? `there is no command "${name}"` : "the command is missing";
    throw usageError(
      "deltapipe",
      found,
      "use ask, chat, cancel, models, sign, proxy or page, explained in deltapipe --help",
    );
  }
  const { values } = parse("deltapipe", args);
  if (values.help) return { name: "help" };
  if (values.version) return { name: "version" };
  throw usageError(
    "deltapipe",
    "the first argument is an option",
    "begin with ask, chat, cancel, models, sign, proxy or page",
  );
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(optionsOfCommand, name);
}

function readOptions(name: CommandName, args: string[]): Command {
  const program = `deltapipe ${name}`;
  const { values, positionals } = parse(program, args);
  const foreign = Object.keys(values).find((option) => !optionsOfCommand[name].includes(option));
  if (foreign !== undefined) {
    throw usageError(program, `it has no option --${foreign}`);
  }
  if (values.help) return { name: "help" };
  if (values.version) return { name: "version" };
  const target = { url: values.url, region: values.region, profile: values.profile };
  if (name === "cancel") {
    const [key] = positionals;
    if (key === undefined || positionals.length > 1) {
      throw usageError(
        program,
        `it takes one key, but ${positionals.length} were given`,
        "give the --idempotency-key of the answer",
      );
    }
    return { name, ...target, idempotencyKey: readIdempotencyKey(key) };
  }
  if (name !== "ask" && positionals.length > 0) {
    throw usageError(program, `"${positionals[0]}" is not an option`);
  }
  if (name === "models") return { name, ...target, json: values.json ?? false };
  if (name === "sign") {
    const { method, data, headers = false } = values;
    return { name, ...target, method, data, headers };
  }
  if (name === "proxy") {
    const { ipv6 = false, "require-token": requireToken = false, quiet = false } = values;
    return { name, ...target, port: readPort(values.port, 9100), ipv6, requireToken, quiet };
  }
  if (name === "page") {
    const { "websocket-url": webSocketUrl, "appsync-url": appSyncUrl, quiet = false } = values;
    return { name, ...target, webSocketUrl, appSyncUrl, port: readPort(values.port, 9101), quiet };
  }
  const options = {
    ...target,
    model: values.model,
    system: values.system,
    messages: values.messages,
    maxTokens: readMaxTokens(values["max-tokens"]),
    temperature: readTemperature(values.temperature),
    images: values.image ?? [],
    documents: values.document ?? [],
  };
  const { resume = false, "idempotency-key": key, json = false } = values;
  if (name === "chat") return { name, ...options, resume };
  const idempotencyKey = key === undefined ? undefined : readIdempotencyKey(key);
  // The service uses a key only to resume or cancel an answer, so --idempotency-key turns --resume on.
  return { name, ...options, resume: resume || key !== undefined, idempotencyKey, words: positionals, json };
}

function parse(program: string, args: string[]) {
  try {
    return parseArgs({ args, options: optionDefinitions, strict: true, allowPositionals: true });
  } catch (error) {
    // The first sentence of Node's message names the option. The rest is advice that does not apply here.
    const [sentence = ""] = (error as Error).message.split(/\.\s/);
    throw usageError(program, `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`);
  }
}

function usageError(program: string, found: string, help = "deltapipe --help lists the options"): UsageError {
  return new UsageError(`Cannot run ${program}: ${found}; ${help}`);
}
