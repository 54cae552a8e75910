// Parses the header `retry-after`, which holds seconds or a date.
// https://www.rfc-editor.org/rfc/rfc9110#field.retry-after

/**
 * In milliseconds. Node's timers fire at once for longer delays:
 * https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export const longestDelay = 2_147_483_647;

/** Milliseconds from now, from 0 to {@link longestDelay}; undefined if the header is missing or malformed. */
export function parseRetryAfter(header: string | undefined): number | undefined {
  const milliseconds = /^\d+(\.\d+)?$/.test(header ?? "") ? Number(header) * 1000 : untilDate(header ?? "");
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(0, milliseconds), longestDelay);
}

/** A date begins with the day's name. Without that check, `Date.parse` would also accept "-1" and "1e3". */
function untilDate(text: string): number {
  return /^[A-Z][a-z]/.test(text) ? Date.parse(text) - Date.now() : NaN;
}
