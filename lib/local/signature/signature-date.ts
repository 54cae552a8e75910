// Checks that a signature's date is within the clock skew, or within the lifetime of a presigned URL.
import type { SignatureClaims } from "./signature-claims.ts";
import { SignatureError } from "./signature-error.ts";

const weekSeconds = 7 * 24 * 60 * 60;

export function checkTime(claims: SignatureClaims, clock: { now: number; skewMs: number }): void {
  const signedAt = parseTimestamp(claims.timestamp);
  if (signedAt > clock.now + clock.skewMs) {
    const [date, now, limit] = [signedAt, clock.now, clock.now + clock.skewMs].map(formatTimestamp);
    const message = `Signature not yet current: ${date} is still later than ${limit} (${now} + ${minutes(clock.skewMs)}.)`;
    throw new SignatureError("InvalidSignatureException", message);
  }
  const lifetime = lifetimeMs(claims, clock.skewMs);
  if (signedAt < clock.now - lifetime) {
    const [date, now, limit] = [signedAt, clock.now, clock.now - lifetime].map(formatTimestamp);
    const message = `Signature expired: ${date} is now earlier than ${limit} (${now} - ${minutes(lifetime)}.)`;
    throw new SignatureError("InvalidSignatureException", message);
  }
}

/** The lifetime of a signature. A presigned URL without `X-Amz-Expires` is valid for as long as a signature in a header. */
function lifetimeMs({ presigned }: SignatureClaims, skewMs: number): number {
  if (presigned?.expires === undefined) return skewMs;
  const seconds = /^\d{1,6}$/.test(presigned.expires) ? Number(presigned.expires) : 0;
  if (seconds < 1 || seconds > weekSeconds) {
    throw new SignatureError(
      "IncompleteSignatureException",
      "X-Amz-Expires must be a number of seconds from 1 to 604800.",
    );
  }
  return seconds * 1000;
}

function parseTimestamp(text: string): number {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  const time = iso === text ? NaN : Date.parse(iso);
  // Formats the time again and compares, because `Date.parse` would read February 30th as a day in March.
  if (Number.isNaN(time) || formatTimestamp(time) !== text) {
    throw new SignatureError("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'.");
  }
  return time;
}

function formatTimestamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}

function minutes(milliseconds: number): string {
  return `${Math.round(milliseconds / 60_000)} min`;
}
