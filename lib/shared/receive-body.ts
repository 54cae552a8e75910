// Collects the body of a request up to a limit, and discards the rest of a longer body.
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

/** Lambda's limit for a request's body, before base64: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const maxLambdaRequestBytes = 6 * 1024 * 1024;

export type ReceivedBody = { kind: "complete"; bytes: Buffer } | { kind: "too-large" } | { kind: "cut" };

/** Resolves with the kind `cut` if the caller disconnected before the body was complete. */
export function receiveBody(request: IncomingMessage, limit: number): Promise<ReceivedBody> {
  return new Promise((resolve) => {
    if (declaredLength(request) > limit) return resolve({ kind: "too-large" });
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", collect);
    request.once("end", () => settle({ kind: "complete", bytes: Buffer.concat(chunks, length) }));
    request.once("close", () => settle({ kind: "cut" }));

    function collect(chunk: Buffer): void {
      length += chunk.length;
      chunks.push(chunk);
      if (length > limit) settle({ kind: "too-large" });
    }

    function settle(body: ReceivedBody): void {
      request.off("data", collect);
      request.pause();
      chunks.length = 0;
      resolve(body);
    }
  });
}

/** 0 if the request does not declare a length. */
export function declaredLength(request: IncomingMessage): number {
  return Number(request.headers["content-length"] ?? 0);
}

/**
 * Reads and discards the rest of a body, within limits. If the connection were closed while the caller is still sending,
 * the caller would get a reset and could lose the response.
 */
export function discardBody(
  request: Readable,
  limits: { bytes: number; silenceMs: number; totalMs: number },
): Promise<void> {
  return new Promise((resolve) => {
    let remainingBytes = limits.bytes;
    const silence = setTimeout(settle, limits.silenceMs);
    const total = setTimeout(settle, limits.totalMs);
    request.on("data", discard);
    request.once("end", settle);
    request.once("close", settle);
    request.resume();

    function discard(chunk: Buffer): void {
      remainingBytes -= chunk.length;
      silence.refresh();
      if (remainingBytes < 0) settle();
    }

    function settle(): void {
      clearTimeout(silence);
      clearTimeout(total);
      request.off("data", discard);
      resolve();
    }
  });
}
