// The service's settings: one environment variable each, read and checked once, before the first request.
import { parseModels } from "./models.ts";
import { permissions } from "../request/permissions.ts";
import {
  count,
  guardrail,
  milliseconds,
  minutes,
  oneOf,
  seconds,
  someOf,
  type Reader,
} from "./setting-readers.ts";

/**
 * Every setting with its environment variable and its reader, which contains the default. A new setting needs an entry
 * here, a parameter in `serverless.yml` and a row in the README. The parameter's name is derived from the variable's.
 */
const settings = {
  models: setting("DELTAPIPE_MODELS", (value) => parseModels(value ?? "")),
  /** The most output tokens that a caller may ask for. */
  maxTokens: setting("DELTAPIPE_MAX_TOKENS", count(8192)),
  /** Output tokens, sent to Bedrock if the caller sets no limit. */
  defaultMaxTokens: setting("DELTAPIPE_DEFAULT_MAX_TOKENS", count(1024)),
  /** The largest body of a request, in bytes. Lambda's own limit is 6 MB. */
  maxRequestBytes: setting("DELTAPIPE_MAX_REQUEST_BYTES", count(6 * 1024 * 1024)),
  /** How much one request may hold. The defaults are Bedrock's own limits, where Bedrock has a limit. */
  limits: {
    /** Levels of objects and arrays. Beyond 1000, writing the request as JSON again could exhaust the stack. */
    depth: setting("DELTAPIPE_MAX_DEPTH", count(64, 1000)),
    /** The number of objects, arrays, strings, numbers, `true`, `false` and `null`. */
    values: setting("DELTAPIPE_MAX_VALUES", count(100_000)),
    messages: setting("DELTAPIPE_MAX_MESSAGES", count(1000)),
    tools: setting("DELTAPIPE_MAX_TOOLS", count(128)),
    /**
     * Images in a request, tool results included.
     * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
     */
    images: setting("DELTAPIPE_MAX_IMAGES", count(20)),
    /** The largest image, in bytes after decoding. */
    imageBytes: setting("DELTAPIPE_MAX_IMAGE_BYTES", count(3.75 * 1024 * 1024)),
    /** Documents in a request, tool results included. */
    documents: setting("DELTAPIPE_MAX_DOCUMENTS", count(5)),
    /** The largest document, in bytes after decoding. */
    documentBytes: setting("DELTAPIPE_MAX_DOCUMENT_BYTES", count(4.5 * 1024 * 1024)),
  },
  /** Applied to every request. Callers can neither remove nor replace it. */
  guardrail: setting("DELTAPIPE_GUARDRAIL", guardrail),
  /** Whether a request may contain content that guardrails skip: tools, reasoning, documents. */
  unguardedContent: setting("DELTAPIPE_UNGUARDED_CONTENT", oneOf("allow", "refuse")),
  /** Features that callers may use although they change the price or reach other services. None by default. */
  allowed: setting("DELTAPIPE_ALLOW", someOf(...permissions)),
  /**
   * How long answers stay in the table of answers (lib/answer-store/) after they have ended, in milliseconds. Undefined: answers
   * are not kept. The least is five minutes, so that no answer expires before its caller is back. The most is a week, because the
   * table is a buffer and not an archive.
   */
  answerRetention: setting("DELTAPIPE_ANSWER_RETENTION_MINUTES", minutes(5, 10_080)),
  /** In milliseconds. The variables are in seconds, except for the last one. */
  times: {
    /** Limit for connecting to Bedrock. */
    connect: setting("DELTAPIPE_CONNECT_SECONDS", seconds(3)),
    /** Limit from the request to the first byte of Bedrock's stream. */
    firstByte: setting("DELTAPIPE_FIRST_BYTE_SECONDS", seconds(180)),
    /** Limit between two chunks from Bedrock. Time during which Bedrock has to wait for a slow caller does not count. */
    stall: setting("DELTAPIPE_STALL_SECONDS", seconds(180)),
    /** How long the caller gets no line before a ping is sent. */
    ping: setting("DELTAPIPE_PING_SECONDS", seconds(10)),
    /** How long before Lambda's own timeout the answer ends with an error. */
    deadlineMargin: setting("DELTAPIPE_DEADLINE_MARGIN_SECONDS", seconds(2)),
    /** How long a caller may read nothing while lines are waiting. */
    callerStall: setting("DELTAPIPE_CALLER_STALL_SECONDS", seconds(60)),
    /** Time between two messages of an answer to a connection or to subscribers. Lines that come meanwhile share a message. */
    pushInterval: setting("DELTAPIPE_PUSH_INTERVAL_MS", milliseconds(100, 10_000)),
  },
};

/** The variables of all settings, in the order above. */
export const settingNames: readonly string[] = namesIn(settings);

export type Configuration = Values<typeof settings>;

export type Times = Configuration["times"];

type Variables = Record<string, string | undefined>;

/**
 * Throws an Error with one line for each variable that is wrong, missing or unknown. `others` are known variables with the same
 * prefix that are not settings.
 */
export function readConfiguration(variables: Variables, others: readonly string[] = []): Configuration {
  const problems: string[] = [];
  const configuration = readGroup(settings, variables, problems) as Configuration;
  const { maxTokens, defaultMaxTokens, guardrail, unguardedContent } = configuration;
  if (defaultMaxTokens > maxTokens) {
    problems.push(
      `DELTAPIPE_DEFAULT_MAX_TOKENS is ${defaultMaxTokens}; set it to at most ${maxTokens}, or raise DELTAPIPE_MAX_TOKENS`,
    );
  }
  if (unguardedContent === "refuse" && guardrail === undefined) {
    problems.push(
      `DELTAPIPE_UNGUARDED_CONTENT is "refuse" without a guardrail; set DELTAPIPE_GUARDRAIL as well`,
    );
  }
  for (const name of Object.keys(variables)) {
    if (name.startsWith("DELTAPIPE_") && !settingNames.includes(name) && !others.includes(name)) {
      problems.push(`${name} is not a setting; correct its name or remove it`);
    }
  }
  if (problems.length > 0) throw new Error(problems.map((problem) => `Cannot start: ${problem}`).join("\n"));
  return configuration;
}

interface Setting<T> {
  variable: string;
  read: Reader<T>;
}

/** Settings and groups of settings, by the names that they have in the configuration. */
interface Group {
  [name: string]: Setting<unknown> | Group;
}

type Values<Entries> = {
  readonly [Name in keyof Entries]: Entries[Name] extends Setting<infer T> ? T : Values<Entries[Name]>;
};

function setting<T>(variable: string, read: Reader<T>): Setting<T> {
  return { variable, read };
}

function isSetting(entry: Setting<unknown> | Group): entry is Setting<unknown> {
  return typeof entry["read"] === "function";
}

function namesIn(group: Group): string[] {
  return Object.values(group).flatMap((entry) => (isSetting(entry) ? entry.variable : namesIn(entry)));
}

function readGroup(group: Group, variables: Variables, problems: string[]): Record<string, unknown> {
  const values = Object.entries(group).map(([name, entry]) => [
    name,
    isSetting(entry) ? readSetting(entry, variables, problems) : readGroup(entry, variables, problems),
  ]);
  return Object.fromEntries(values) as Record<string, unknown>;
}

function readSetting(
  { variable, read }: Setting<unknown>,
  variables: Variables,
  problems: string[],
): unknown {
  try {
    return read(variables[variable]?.trim() || undefined);
  } catch (error) {
    problems.push(`${variable} ${(error as Error).message}`);
    return undefined;
  }
}
