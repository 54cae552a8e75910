// Who takes part, what each is bundled from and with, and how its output is read back as text.
import { fileURLToPath } from "node:url";
import { EventStreamDecoder } from "../../lib/stream/events/event-stream-decoder.ts";

export interface Contender {
  name: string;
  /** Relative to the repository. */
  entry: string;
  /** The service's own configuration, or what serverless-esbuild does when it is told nothing (and minifies). */
  bundle: "deployed" | "defaults";
  /** A file of the sources to replace by another: the rest is the product's own. */
  replace?: { pattern: RegExp; by: string };
  /** Packages of scripts/bench/package.json without which it cannot be built. */
  needs: string[];
  /** The answer's text, from all bytes that the function sent. */
  textOf: (body: Buffer) => string;
}

const sdkCall = fileURLToPath(new URL("../../lib/local/call-with-sdk.ts", import.meta.url));

export const contenders: Contender[] = [
  { ...own("floor", "floor.ts"), textOf: textOfFrames },
  {
    name: "deltapipe",
    entry: "handlers/function-url.ts",
    bundle: "deployed",
    needs: [],
    textOf: (body) => {
      const lines = objectsOf(body);
      const types = lines.map(({ type }) => type);
      if (types[0] !== "start" || types.at(-1) !== "end") throw new Error("start or end is missing");
      return textOfDeltas(lines);
    },
  },
  { ...own("sdk", "sdk.ts"), textOf: textOfEvents },
  { ...own("hono", "hono.js", ["hono"]), textOf: textOfEvents },
  { ...own("ai-sdk", "ai-sdk.js", ["ai", "@ai-sdk/amazon-bedrock"]), textOf: String },
  { ...own("langchain", "langchain.js", ["@langchain/aws", "@langchain/core"]), textOf: String },
  {
    name: "deltapipe-sdk",
    entry: "handlers/function-url.ts",
    bundle: "deployed",
    replace: { pattern: /\/stream\/bedrock\/call-bedrock\.ts$/, by: sdkCall },
    needs: [],
    textOf: (body) => textOfDeltas(objectsOf(body)),
  },
];

function own(name: string, file: string, needs: string[] = []): Omit<Contender, "textOf"> {
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

/** The SDK's objects: an event's content under its name. */
function textOfEvents(body: Buffer): string {
  return textOfDeltas(objectsOf(body).map(({ contentBlockDelta = {} }) => contentBlockDelta));
}

function textOfFrames(body: Buffer): string {
  const deltas: Delta[] = [];
  const decoder = new EventStreamDecoder(({ payload }) => deltas.push(JSON.parse(String(payload)) as Delta));
  decoder.push(body);
  return textOfDeltas(deltas);
}
