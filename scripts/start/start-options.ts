// The options of `npm start`.
import { modelIdForm } from "../../lib/local/bedrock/index.ts";
import { bedrockClients, type BedrockClient } from "../../lib/local/bundle.ts";
import { isLoopback } from "../../lib/local/loopback.ts";
import type { ModelServer } from "../../lib/local/model-server/index.ts";
import { OptionError, optionError, parseOptions, readWholeNumber, wrongValue } from "../options.ts";

export { startHelp } from "./start-help.js";

export interface StartOptions {
  port: number;
  bedrockPort: number;
  webSocketPort: number;
  appSyncPort: number;
  pagePort: number;
  once: boolean;
  prompt: string | undefined;
  model: string | undefined;
  concurrency: number;
  /** Deltas per second of the scripted models. */
  pace: number;
  /** The local Bedrock's model for each alias. */
  aliases: Record<string, string>;
  /** The path of the file with the user's own answers. */
  answers: string | undefined;
  /** The local Bedrock offers the models of this server in addition to the scripted models. */
  modelServer: ModelServer | undefined;
  /** Whether the local Bedrock accepts only the access keys that the stack prints at its start. */
  checkKeys: boolean;
  /** `local`, `aws`, or the URL of an endpoint. */
  bedrock: string;
  /** Undefined for the one in serverless.yml. */
  bedrockClient: BedrockClient | undefined;
  help: boolean;
}

const script = { task: "start", command: "npm start" };
const definitions = {
  port: { type: "string", default: "9000" },
  "bedrock-port": { type: "string" },
  "websocket-port": { type: "string", default: "9002" },
  "appsync-port": { type: "string", default: "9003" },
  "page-port": { type: "string", default: "9010" },
  once: { type: "boolean", default: false },
  prompt: { type: "string" },
  model: { type: "string" },
  concurrency: { type: "string", default: "10" },
  pace: { type: "string", default: "40" },
  alias: { type: "string", multiple: true },
  answers: { type: "string" },
  "model-server": { type: "string" },
  "model-server-key": { type: "string" },
  "check-keys": { type: "boolean", default: false },
  bedrock: { type: "string", default: "local" },
  "bedrock-client": { type: "string" },
} as const;
/** Options of the local Bedrock. They are rejected if it is not used, because they would have no effect. */
const ofLocalBedrock = ["bedrock-port", "pace", "alias", "answers", "model-server", "check-keys"];
const ports: [number, number] = [0, 65535];

/** Throws `OptionError` if an option is wrong. */
export function readStartOptions(args: string[]): StartOptions {
  rejectAddresses(args);
  const { values } = parseOptions(script, args, definitions);
  const bedrock = readBedrock(values.bedrock);
  for (const name of ofLocalBedrock) {
    if (bedrock !== "local" && args.some((argument) => argument.split("=")[0] === `--${name}`)) {
      const found = `--${name} is an option of the local Bedrock, and --bedrock is "${bedrock}"`;
      throw optionError(script, found, "leave one of them out");
    }
  }
  const port = readWholeNumber(script, "port", values.port, ports);
  const bedrockPort = readWholeNumber(script, "bedrock-port", values["bedrock-port"] ?? "9001", ports);
  const webSocketPort = readWholeNumber(script, "websocket-port", values["websocket-port"], ports);
  const appSyncPort = readWholeNumber(script, "appsync-port", values["appsync-port"], ports);
  const pagePort = readWholeNumber(script, "page-port", values["page-port"], ports);
  requireDifferent({
    port,
    "websocket-port": webSocketPort,
    "appsync-port": appSyncPort,
    "page-port": pagePort,
    ...(bedrock === "local" && { "bedrock-port": bedrockPort }),
  });
  return {
    port,
    bedrockPort,
    webSocketPort,
    appSyncPort,
    pagePort,
    once: values.once,
    prompt: values.prompt,
    model: values.model,
    concurrency: readWholeNumber(script, "concurrency", values.concurrency, [1, 1000]),
    pace: readWholeNumber(script, "pace", values.pace, [1, 1_000_000]),
    aliases: readAliases(values.alias ?? []),
    answers: values.answers,
    modelServer: readModelServer(values["model-server"], values["model-server-key"]),
    checkKeys: values["check-keys"],
    bedrock,
    bedrockClient: readBedrockClient(values["bedrock-client"]),
    help: values.help,
  };
}

function requireDifferent(given: Record<string, number>): void {
  const taken = new Map<number, string>();
  for (const [name, port] of Object.entries(given)) {
    const other = taken.get(port);
    if (other !== undefined && port !== 0) {
      throw optionError(
        script,
        `--${other} and --${name} are both ${port}`,
        "give different ports (defaults: port 9000, bedrock-port 9001, websocket-port 9002, appsync-port 9003, page-port 9010)",
      );
    }
    taken.set(port, name);
  }
}

/** The local secret is public, so other machines must not reach the stack. */
function rejectAddresses(args: string[]): void {
  const address = args.find((argument) => /^--(host|bind|listen)\b/.test(argument));
  if (address === undefined) return;
  const found = `found ${address.replace(/=.*/, "")}, but the local stack listens on 127.0.0.1 only, as its secret is public`;
  throw optionError(script, found, "to reach it from another machine, forward its port over SSH");
}

function readAliases(pairs: string[]): Record<string, string> {
  const aliases = new Map<string, string>();
  for (const pair of pairs) {
    const [id = "", model] = pair.split(/=(.*)/s, 2);
    if (model === undefined || (id !== "*" && !modelIdForm.test(id))) {
      const advice =
        "give ID=MODEL, such as amazon.nova-lite-v1:0=local.story, or '*=local.story' for all unknown ids";
      throw wrongValue(script, "alias", pair, advice);
    }
    if (aliases.has(id)) throw wrongValue(script, "alias", pair, `give ${id} only once`);
    aliases.set(id, model);
  }
  return Object.fromEntries(aliases);
}

function readBedrock(value: string): string {
  if (value === "local" || value === "aws") return value;
  return readUrl("bedrock", value, {
    wanted: "give local, aws or the URL of an endpoint",
    instead: "leave out both, because requests are signed instead",
  });
}

function readBedrockClient(value: string | undefined): BedrockClient | undefined {
  if (value === undefined) return undefined;
  const found = bedrockClients.find((name) => name === value);
  if (found !== undefined) return found;
  throw wrongValue(script, "bedrock-client", value, `choose from ${bedrockClients.join(", ")}`);
}

/** The key may also be in a variable. As an option it would be visible, because npm prints the options that it passes on. */
function readModelServer(value: string | undefined, option: string | undefined): ModelServer | undefined {
  const key = option ?? (process.env["MODEL_SERVER_KEY"] || undefined);
  if (value === undefined) {
    if (option === undefined) return undefined;
    throw optionError(
      script,
      "--model-server-key is set without --model-server",
      "give the server's URL too",
    );
  }
  const url = readUrl("model-server", value, {
    wanted: "give the URL of a chat completions API, such as http://127.0.0.1:11434/v1",
    instead: "leave out both, and give a key with --model-server-key",
  });
  // The message does not repeat the key, because it is a secret.
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    const found = "the model server's key contains spaces, line breaks or other characters that no key has";
    throw optionError(script, found, "copy it again");
  }
  return { url, key };
}

function readUrl(name: string, value: string, advice: { wanted: string; instead: string }): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && (url.username || url.password)) {
    // The message does not repeat the URL, because it contains a secret.
    throw optionError(script, `--${name} is a URL with a user name or password`, advice.instead);
  }
  if (!url || !/^https?:$/.test(url.protocol)) throw wrongValue(script, name, value, advice.wanted);
  if (url.search || url.hash) {
    throw wrongValue(script, name, value, "give a URL without a query and without a fragment");
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname.replaceAll(/[[\]]/g, ""))) {
    const reason = "use https, as http would send prompts unencrypted; http works for this machine only";
    throw wrongValue(script, name, value, reason);
  }
  return url.href;
}

/** The error for an `--alias` whose model is not in the list. */
export function unknownTarget(alias: string, model: string, list: string): OptionError {
  return wrongValue(script, "alias", `${alias}=${model}`, `give a model after the =: ${list}`);
}

/** The error for a `--model` that is not in the list. */
export function unknownModel(model: string, list: string): OptionError {
  return wrongValue(script, "model", model, `choose from ${list}`);
}
