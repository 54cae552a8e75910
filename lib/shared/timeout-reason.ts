// Recognises the reason of a signal whose time limit passed.

/** Whether a signal's reason is that of `AbortSignal.timeout()`: https://dom.spec.whatwg.org/#dom-abortsignal-timeout */
export function isTimeout(reason: unknown): boolean {
  return (reason as { name?: unknown } | null | undefined)?.name === "TimeoutError";
}
