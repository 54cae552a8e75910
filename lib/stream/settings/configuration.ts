// The service's configuration: read once from the environment, checked before the first request.
import { parseModels, type Model } from "./models.ts";
import { permissions, type Permission } from "../request/permissions.ts";
import { count, guardrail, oneOf, seconds, some, type Guardrail, type Reader } from "./setting-readers.ts";

export interface Configuration {
  models: [Model, ...Model[]];
  /** Output tokens: what is sent when the caller names no limit, and the most that one may name. */
  defaultMaxTokens: number;
  maxTokens: number;
  /** Of a request's body; Lambda's own limit is 6 MB. `DELTAPIPE_MAX_REQUEST_BYTES` */
  maxRequestBytes: number;
  limits: Limits;
  /** The service's own guardrail: callers can neither remove nor replace it. */
  guardrail: Guardrail | undefined;
  /** What no guardrail looks at: tools, their inputs and results, reasoning, documents. `DELTAPIPE_UNGUARDED_CONTENT` */
  unguardedContent: "allow" | "refuse";
  /** `DELTAPIPE_ALLOW`, none by default. */
  allowed: ReadonlySet<Permission>;
  times: Times;
}

/** How much one request may hold. The defaults are Bedrock's own limits where it has one. */
export interface Limits {
  /** Objects and arrays within each other, from the body's own. `DELTAPIPE_MAX_DEPTH` */
  depth: number;
  /** Objects, arrays, texts, numbers, `true`, `false` and `null`. `DELTAPIPE_MAX_VALUES` */
  values: number;
  /** `DELTAPIPE_MAX_MESSAGES` */
  messages: number;
  /** `DELTAPIPE_MAX_TOOLS` */
  tools: number;
  /** In the whole request, also in the results of tools. `DELTAPIPE_MAX_IMAGES` */
  images: number;
  /** Of one image, decoded. `DELTAPIPE_MAX_IMAGE_BYTES` */
  imageBytes: number;
  /** In the whole request, also in the results of tools. `DELTAPIPE_MAX_DOCUMENTS` */
  documents: number;
  /** Of one document, decoded. `DELTAPIPE_MAX_DOCUMENT_BYTES` */
  documentBytes: number;
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
  /** In which the caller takes nothing of what is written. */
  callerStall: number;
}

type Environment = Record<string, string | undefined>;

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
    limits: {
      // More than a thousand could exhaust the stack where the request is written as JSON again.
      depth: read("DELTAPIPE_MAX_DEPTH", count(64, 1000)),
      values: read("DELTAPIPE_MAX_VALUES", count(100_000)),
      messages: read("DELTAPIPE_MAX_MESSAGES", count(1000)),
      tools: read("DELTAPIPE_MAX_TOOLS", count(128)),
      // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
      images: read("DELTAPIPE_MAX_IMAGES", count(20)),
      imageBytes: read("DELTAPIPE_MAX_IMAGE_BYTES", count(3.75 * 1024 * 1024)),
      documents: read("DELTAPIPE_MAX_DOCUMENTS", count(5)),
      documentBytes: read("DELTAPIPE_MAX_DOCUMENT_BYTES", count(4.5 * 1024 * 1024)),
    },
    guardrail: read("DELTAPIPE_GUARDRAIL", guardrail),
    unguardedContent: read("DELTAPIPE_UNGUARDED_CONTENT", oneOf("allow", "refuse")),
    allowed: read("DELTAPIPE_ALLOW", some(...permissions)),
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
  if (configuration.unguardedContent === "refuse" && configuration.guardrail === undefined) {
    problems.push("DELTAPIPE_UNGUARDED_CONTENT: needs DELTAPIPE_GUARDRAIL");
  }
  for (const name of Object.keys(environment)) {
    if (name.startsWith("DELTAPIPE_") && !known.has(name)) problems.push(`${name}: is not a setting`);
  }
  if (problems.length > 0) throw new Error(`Cannot start: ${problems.join("; ")}`);
  return configuration;
}
