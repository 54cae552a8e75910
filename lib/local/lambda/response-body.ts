// The body of a runtime client's streamed response, with the failures that it reports in trailers.
import type { IncomingMessage } from "node:http";
import { pipeline, Transform, type Readable } from "node:stream";

/**
 * Resolves with the body once its first byte is there; rejects if the function failed before it. The body ends
 * when the response is complete, and errors when the function failed or its process died half way.
 */
export function responseBody(request: IncomingMessage): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const body = new Transform({
      transform(chunk, _encoding, callback) {
        resolve(body);
        callback(null, chunk);
      },
      flush(callback) {
        const failure = reportedFailure(request);
        // An empty response without a failure is one too: it has lost its status.
        if (failure === undefined) resolve(body);
        callback(failure ?? null);
      },
    });
    pipeline(request, body, (error) => {
      if (error) reject(error);
    });
    // Once it was handed out, its reader listens; until then the rejection tells.
    body.on("error", () => undefined);
  });
}

function reportedFailure({ trailers }: IncomingMessage): Error | undefined {
  const type = trailers["lambda-runtime-function-error-type"];
  return type === undefined ? undefined : new Error(`The function failed with ${type}`);
}
