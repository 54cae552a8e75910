// The service's configuration: read once from the environment, checked before the first request.
import { parseModels, type Model } from "./models.ts";

export interface Configuration {
  models: [Model, ...Model[]];
  /** Output tokens: what is sent when the caller names no limit, and the most that one may name. */
  defaultMaxTokens: number;
  maxTokens: number;
  /** Of a request's body; Lambda's own limit is 6 MB. */
  maxRequestBytes: number;
  /** The service's own guardrail: callers can neither remove nor replace it. */
  guardrail: { guardrailIdentifier: string; guardrailVersion: string } | undefined;
  /** Members that choose the price, where the service leaves the choice to callers. */
  allowed: ReadonlySet<string>;
  times: Times;
}

/** Milliseconds. */
export interface Times {
  /** For the connection to Bedrock to be made. */
  connect: number;
  /** From the request to Bedrock's first frame. */
  firstByte: number;
  /** Without a byte from Bedrock, not counted while the caller's reading is what holds it up. */
  stall: number;
  /** Without a line to the caller, until a ping is sent. */
  ping: number;
  /** Before Lambda's own timeout. */
  deadlineMargin: number;
  /** For a write that the caller does not take. */
  callerStall: number;
}

type Environment = Record<string, string | undefined>;
type Reader<T> = (value: string | undefined) => T;

/** Throws an Error that names every variable that is wrong, missing or unknown. */
export function readConfiguration(environment: Environment): Configuration {
  const problems: string[] = [];
  const known = new Set<string>();
  function read<T>(name: string, reader: Reader<T>): T {
    known.add(name);
    try {
      return reader(environment[name]?.trim() || undefined);
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
      return undefined as T;
    }
  }
  const configuration: Configuration = {
    models: read("DELTAPIPE_MODELS", (value) => parseModels(value ?? "")),
    maxTokens: read("DELTAPIPE_MAX_TOKENS", count(8192)),
    defaultMaxTokens: read("DELTAPIPE_DEFAULT_MAX_TOKENS", count(1024)),
    maxRequestBytes: read("DELTAPIPE_MAX_REQUEST_BYTES", count(6 * 1024 * 1024)),
    guardrail: read("DELTAPIPE_GUARDRAIL", guardrail),
    allowed: read("DELTAPIPE_ALLOW", allowed),
    times: {
      connect: read("DELTAPIPE_CONNECT_SECONDS", seconds(3)),
      firstByte: read("DELTAPIPE_FIRST_BYTE_SECONDS", seconds(180)),
      stall: read("DELTAPIPE_STALL_SECONDS", seconds(180)),
      ping: read("DELTAPIPE_PING_SECONDS", seconds(10)),
      deadlineMargin: read("DELTAPIPE_DEADLINE_MARGIN_SECONDS", seconds(2)),
      callerStall: read("DELTAPIPE_CALLER_STALL_SECONDS", seconds(60)),
    },
  };
  if (configuration.defaultMaxTokens > configuration.maxTokens) {
    problems.push("DELTAPIPE_DEFAULT_MAX_TOKENS: is more than DELTAPIPE_MAX_TOKENS");
  }
  for (const name of Object.keys(environment)) {
    if (name.startsWith("DELTAPIPE_") && !known.has(name)) problems.push(`${name}: is not a setting`);
  }
  if (problems.length > 0) throw new Error(`Cannot start: ${problems.join("; ")}`);
  return configuration;
}

function count(fallback: number): Reader<number> {
  return (value = String(fallback)) => {
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error(`expected a whole number above 0, found "${value}"`);
    return Number(value);
  };
}

function seconds(fallback: number): Reader<number> {
  return (value = String(fallback)) => {
    if (!/^\d{1,6}(\.\d+)?$/.test(value) || Number(value) === 0) {
      throw new Error(`expected seconds above 0, found "${value}"`);
    }
    return Number(value) * 1000;
  };
}

function guardrail(value: string | undefined): Configuration["guardrail"] {
  if (value === undefined) return undefined;
  const [, guardrailIdentifier, guardrailVersion] = /^(.+):([1-9]\d*|DRAFT)$/.exec(value) ?? [];
  if (guardrailIdentifier === undefined || guardrailVersion === undefined) {
    throw new Error(`expected <guardrail id or ARN>:<version>, found "${value}"`);
  }
  return { guardrailIdentifier, guardrailVersion };
}

function allowed(value: string | undefined): ReadonlySet<string> {
  const members = new Set(
    (value ?? "")
      .split(",")
      .map((member) => member.trim())
      .filter(Boolean),
  );
  for (const member of members) {
    if (member !== "serviceTier" && member !== "performanceConfig") {
      throw new Error(`expected serviceTier or performanceConfig, found "${member}"`);
    }
  }
  return members;
}
