// Detects responses that a proxy compressed, replaced or damaged, so that the error does not blame the service.
import type { Message } from "../wire.ts";
import { StreamFailedError } from "./errors.ts";
import type { ResponseHeaders } from "./platform.ts";

/** The body's compression, such as `gzip`, or undefined. Only a proxy can have added it, because the service never compresses. */
export function contentCodingOf(headers: ResponseHeaders): string | undefined {
  const coding = headers["content-encoding"]?.trim().toLowerCase();
  return coding === "identity" ? undefined : coding || undefined;
}

/** The service and AWS answer in JSON. HTML comes from a proxy, a load balancer or a network's login page. */
export function isWebPage(headers: ResponseHeaders): boolean {
  return /^text\/html\b/i.test(headers["content-type"] ?? "");
}

/** The `content-length` in bytes, or undefined. Only a proxy can have added it, because the service never sends this header. */
export function contentLengthOf(headers: ResponseHeaders): number | undefined {
  const length = Number.parseInt(headers["content-length"] ?? "", 10);
  return Number.isNaN(length) ? undefined : length;
}

/** `found` is a clause that says what is wrong with the stream, such as "it was compressed". */
export function alteredError(
  found: string,
  details: { partial: Message; requestId?: string | undefined },
): StreamFailedError {
  return new StreamFailedError(
    `Cannot read the stream: ${found}, probably by a proxy; let it pass application/x-ndjson unchanged`,
    { ...details, code: "ResponseAltered", retryable: false },
  );
}
