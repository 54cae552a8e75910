// Reads the lines of a response's body, up to `end` or `error`.
import type { Line } from "../wire.ts";
import { ConfigurationError } from "./errors.ts";
import { createLineDecoder, type ReceivedLine } from "./ndjson.ts";
import type { ResponseBody } from "./platform.ts";

/**
 * If the body ends without an `end` or `error` line, the loop ends without an error. Exiting the loop early
 * closes the connection. `first` is false if the caller already has the first lines.
 */
export async function* readLines(
  body: ResponseBody,
  maxLineLength: number,
  first = true,
): AsyncGenerator<ReceivedLine, void, undefined> {
  const decoder = createLineDecoder(maxLineLength);
  let last = false;
  try {
    for await (const chunk of body) {
      for (const received of decoder.push(chunk)) {
        const { line } = received;
        if (first && line) checkFirst(line);
        if (line) first = false;
        last = line?.type === "end" || line?.type === "error";
        yield received;
        if (last) return;
      }
    }
  } finally {
    if (last) body.finish();
    else body.destroy();
  }
}

function checkFirst(line: Line): void {
  if (line.type === "error" || (line.type === "start" && line.version === 1)) return;
  const found = line.type === "start" ? `version ${JSON.stringify(line.version)}` : "a different first line";
  throw new ConfigurationError(
    `Cannot read this stream: expected version 1 of Deltapipe's lines, found ${found};` +
      " check the URL and this package's version",
  );
}
