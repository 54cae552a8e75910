// Recognises what proxies and the like do to a response of the service, so that it is not taken for the service's fault.
import type { Message } from "../wire.ts";
import { StreamFailedError } from "./errors.ts";

type Headers = Record<string, string | string[] | undefined>;

/** Such as `gzip`. The client asks for no coding and the service uses none. */
export function contentCodingOf(headers: Headers): string | undefined {
  const coding = String(headers["content-encoding"] ?? "")
    .trim()
    .toLowerCase();
  return coding === "" || coding === "identity" ? undefined : coding;
}

/** A page of a proxy, a load balancer or a network's login: the service and AWS answer in JSON. */
export function isWebPage(headers: Headers): boolean {
  return /^text\/html\b/i.test(String(headers["content-type"]));
}

/** The service sends its stream in chunks, and says no length. */
export function contentLengthOf(headers: Headers): number | undefined {
  const length = Number.parseInt(String(headers["content-length"]), 10);
  return Number.isNaN(length) ? undefined : length;
}

export function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === "HTTPParserError";
}

/** HTTP's own framing is broken: a chunk's length, or two lengths that differ. */
export function isBadFraming(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return isParserError(error) || code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH";
}

/** `what` is a clause about the stream. */
export function alteredError(
  what: string,
  details: { partial: Message; requestId?: string | undefined },
): StreamFailedError {
  return new StreamFailedError(
    `Cannot read the stream: ${what}; something between here and the service, such as a proxy, did that:` +
      " let it pass application/x-ndjson unchanged",
    { ...details, code: "ResponseAltered", retryable: false },
  );
}
