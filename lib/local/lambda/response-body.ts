// Reads the responses and errors that the runtime client sends.
import type { IncomingMessage } from "node:http";
import { pipeline, Transform, type Readable } from "node:stream";
import { text } from "node:stream/consumers";

/**
 * Resolves with the body at its first byte. Rejects if the function failed before that. The body ends when the response is
 * complete, and emits an error if the function or its process failed halfway. A handler can report a failure halfway only in a
 * streamed response, whose trailers contain it.
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
        // An empty response without a reported failure is valid.
        if (failure === undefined) resolve(body);
        callback(failure ?? null);
      },
    });
    pipeline(request, body, (error) => {
      if (error) reject(error);
    });
    // Nobody else listens for errors of the body before the promise is settled, and without a listener they would crash the
    // process. The promise's rejection reports the error.
    body.on("error", () => undefined);
  });
}

/**
 * Returns the type of the error that a buffered handler reports.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror
 */
export async function errorType(request: IncomingMessage): Promise<string> {
  try {
    const { errorType = "an error" } = JSON.parse(await text(request)) as { errorType?: string };
    return errorType;
  } catch {
    // The process ended before it had sent the whole error.
    return "an error that was cut";
  }
}

function reportedFailure({ trailers }: IncomingMessage): Error | undefined {
  const type = trailers["lambda-runtime-function-error-type"];
  return type === undefined ? undefined : new Error(`The function failed with ${type}`);
}
