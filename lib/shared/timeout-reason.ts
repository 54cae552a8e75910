// Finds out whether a signal was aborted because its time limit passed.

/**
 * Whether the reason of an aborted signal is the one that `AbortSignal.timeout()` gives:
 * https://dom.spec.whatwg.org/#dom-abortsignal-timeout
 */
export function isTimeout(reason: unknown): boolean {
  return (reason as { name?: unknown } | null | undefined)?.name === "TimeoutError";
}
