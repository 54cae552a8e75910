// The contenders: the source of each, its bundling, and the function that reads the text in its output.
import type { BedrockClient } from "../../lib/local/bundle.ts";
import { EventStreamDecoder } from "../../lib/stream/events/event-stream-decoder.ts";

export type Contender = JavaScriptContender | RustContender;

interface CommonParts {
  name: string;
  /** The path of the request. Default: `/`. */
  path?: string;
  /** Returns the text of the answer, given all bytes that the function sent. Throws if the answer does not end as it should. */
  textOf: (body: Buffer) => string;
}

export interface JavaScriptContender extends CommonParts {
  /** Relative to the repository. */
  entry: string;
  /** `deployed`: the service's own configuration. `defaults`: the defaults of serverless-esbuild, minified. */
  bundle: "deployed" | "defaults";
  /** The parameter of the same name in the service's configuration. Default: `built-in`. */
  bedrockClient?: BedrockClient;
  /** Whether the deployed bundle contains the answer store. Default: false. */
  answerStore?: boolean;
  /** A custom runtime, relative to the repository, which runs the handler in place of AWS's runtime client. */
  runtime?: string;
  /** The packages of scripts/bench/package.json that the entry imports. */
  needs: string[];
}

/** Runs without Node, as on Lambda's OS-only runtimes. */
export interface RustContender extends CommonParts {
  /** A folder in scripts/bench, in which cargo builds a binary with the name `bootstrap`. */
  crate: string;
}

export const contenders: Contender[] = [
  { ...contenderWithDefaults("floor", "floor.ts"), textOf: textOfFrames },
  { ...contenderWithDefaults("floor-http2", "floor-http2.ts"), textOf: textOfFrames },
  {
    name: "deltapipe",
    entry: "handlers/function-url.ts",
    bundle: "deployed",
    needs: [],
    textOf: textOfLines,
  },
  {
    name: "deltapipe-frames",
    entry: "handlers/function-url.ts",
    bundle: "deployed",
    path: "/model/bench/converse-stream",
    needs: [],
    textOf: textOfFrames,
  },
  { ...contenderWithDefaults("sdk", "sdk.ts"), textOf: textOfEvents },
  { ...contenderWithDefaults("hono", "hono.js", ["hono"]), textOf: textOfEvents },
  { ...contenderWithDefaults("ai-sdk", "ai-sdk.js", ["ai", "@ai-sdk/amazon-bedrock"]), textOf: String },
  {
    ...contenderWithDefaults("langchain", "langchain.js", ["@langchain/aws", "@langchain/core"]),
    textOf: String,
  },
  {
    name: "deltapipe-sdk",
    entry: "handlers/function-url.ts",
    bundle: "deployed",
    bedrockClient: "sdk",
    needs: [],
    textOf: textOfLines,
  },
  {
    name: "deltapipe-runtime",
    entry: "handlers/function-url.ts",
    bundle: "deployed",
    runtime: "scripts/bench/contenders/custom-runtime.ts",
    needs: [],
    textOf: textOfLines,
  },
  { name: "rust", crate: "rust", textOf: textOfLines },
  { name: "rust-sample", crate: "rust-sample", textOf: textOfRecords },
];

function contenderWithDefaults(
  name: string,
  file: string,
  needs: string[] = [],
): Omit<JavaScriptContender, "textOf"> {
  return { name, entry: `scripts/bench/contenders/${file}`, bundle: "defaults", needs };
}

interface Delta {
  delta?: { text?: string };
}

interface Line extends Delta {
  type?: string;
  /** Only in the SDK's events. */
  contentBlockDelta?: Delta;
  /** Only in the Rust sample's records. */
  message?: string | null;
}

function objectsOf(body: Buffer): Line[] {
  const lines = body.toString().split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Line);
}

function textOfDeltas(deltas: Delta[]): string {
  return deltas.map(({ delta }) => delta?.text ?? "").join("");
}

/** Reads Deltapipe's lines. */
function textOfLines(body: Buffer): string {
  const lines = objectsOf(body);
  const { type: first = "missing" } = lines[0] ?? {};
  const { type: last = "missing" } = lines.at(-1) ?? {};
  if (first !== "start" || last !== "end")
    throw new Error(
      `Cannot read the answer: its first line is ${first} and its last line is ${last}; make the handler send start first and end last`,
    );
  return textOfDeltas(lines);
}

/** Reads the objects of AWS's Rust sample. They do not say how the answer ended. */
function textOfRecords(body: Buffer): string {
  return objectsOf(body)
    .map(({ message }) => message ?? "")
    .join("");
}

/** Reads the text from the SDK's objects. Each of them has an event's content in a member named after the event. */
function textOfEvents(body: Buffer): string {
  return textOfDeltas(objectsOf(body).map(({ contentBlockDelta = {} }) => contentBlockDelta));
}

function textOfFrames(body: Buffer): string {
  const deltas: Delta[] = [];
  const decoder = new EventStreamDecoder(({ payload }) => deltas.push(JSON.parse(String(payload)) as Delta));
  decoder.push(body);
  return textOfDeltas(deltas);
}
