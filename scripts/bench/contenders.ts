// The contenders: the source of each, its bundling, and the function that reads the text in its output.
import type { BedrockClient } from "../../lib/local/bundle.ts";
import { EventStreamDecoder } from "../../lib/stream/events/event-stream-decoder.ts";

export interface Contender {
  name: string;
  /** Relative to the repository. */
  entry: string;
  /** `deployed`: the service's own configuration. `defaults`: the defaults of serverless-esbuild, minified. */
  bundle: "deployed" | "defaults";
  /** The parameter of the service's configuration. Default: `built-in`. */
  bedrockClient?: BedrockClient;
  /** The path of the request. Default: `/`. */
  path?: string;
  /** The packages of scripts/bench/package.json that it imports. */
  needs: string[];
  /** Returns the text of the answer, given all bytes that the function sent. */
  textOf: (body: Buffer) => string;
}

export const contenders: Contender[] = [
  { ...contenderWithDefaults("floor", "floor.ts"), textOf: textOfFrames },
  {
    name: "deltapipe",
    entry: "handlers/function-url.ts",
    bundle: "deployed",
    needs: [],
    textOf: (body) => {
      const lines = objectsOf(body);
      const types = lines.map(({ type }) => type);
      if (types[0] !== "start" || types.at(-1) !== "end") {
        throw new Error(
          "Cannot read the answer of deltapipe: its first line is not start or its last line is not end; check the handler",
        );
      }
      return textOfDeltas(lines);
    },
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
    textOf: (body) => textOfDeltas(objectsOf(body)),
  },
];

function contenderWithDefaults(name: string, file: string, needs: string[] = []): Omit<Contender, "textOf"> {
  return { name, entry: `scripts/bench/contenders/${file}`, bundle: "defaults", needs };
}

interface Delta {
  delta?: { text?: string };
}

function objectsOf(body: Buffer): (Delta & { type?: string; contentBlockDelta?: Delta })[] {
  const lines = body.toString().split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Delta);
}

function textOfDeltas(deltas: Delta[]): string {
  return deltas.map(({ delta }) => delta?.text ?? "").join("");
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
