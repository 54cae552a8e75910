// Collects a request's body up to a limit, and reads on for a while when there is too much of it.
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

export type ReceivedBody = { kind: "complete"; bytes: Buffer } | { kind: "too-large" } | { kind: "cut" };

/** `cut`: the caller left before the body was whole. */
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

/** 0 when the request does not say. */
export function declaredLength(request: IncomingMessage): number {
  return Number(request.headers["content-length"] ?? 0);
}

/**
 * A caller that is still sending when its connection is closed gets a reset and may lose the answer, so its body is
 * read and thrown away, within bounds.
 */
export function discardBody(
  request: Readable,
  bounds: { bytes: number; silenceMs: number; totalMs: number },
): Promise<void> {
  return new Promise((resolve) => {
    let left = bounds.bytes;
    const silence = setTimeout(settle, bounds.silenceMs);
    const total = setTimeout(settle, bounds.totalMs);
    request.on("data", discard);
    request.once("end", settle);
    request.once("close", settle);
    request.resume();

    function discard(chunk: Buffer): void {
      left -= chunk.length;
      silence.refresh();
      if (left < 0) settle();
    }

    function settle(): void {
      clearTimeout(silence);
      clearTimeout(total);
      request.off("data", discard);
      resolve();
    }
  });
}
