// The body of a response -> its lines, up to the last one.
import type { Readable } from "node:stream";
import type { Line } from "../wire.ts";
import { ConfigurationError } from "./errors.ts";
import { createLineDecoder } from "./ndjson.ts";

// The end of the body follows the last line at once. Who does not send it loses the connection.
const endOfBodyTimeout = 1000;

/** Ends without an `end` or `error` line if the body does. Leaving it before the last line closes the connection. */
export async function* readLines(
  body: Readable,
  maxLineLength: number,
): AsyncGenerator<Line, void, undefined> {
  const decoder = createLineDecoder(maxLineLength);
  let first = true;
  let last = false;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      for (const line of decoder.push(chunk as Uint8Array)) {
        if (first) checkFirst(line);
        first = false;
        last = line.type === "end" || line.type === "error";
        yield line;
        if (last) return;
      }
    }
  } finally {
    if (last) finish(body);
    else body.destroy();
  }
}

function checkFirst(line: Line): void {
  if (line.type === "error" || (line.type === "start" && line.version === 1)) return;
  const found =
    line.type === "start" ? `version ${JSON.stringify(line.version)} of the lines` : "another first line";
  throw new ConfigurationError(
    `Cannot read this stream: expected version 1 of Deltapipe's lines, found ${found}; check the URL and the versions`,
  );
}

// Reads to the end, so that the connection can be used again.
function finish(body: Readable): void {
  const timer = setTimeout(() => body.destroy(), endOfBodyTimeout);
  timer.unref();
  body.once("close", () => clearTimeout(timer));
  body.resume();
}
