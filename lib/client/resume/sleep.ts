// Waits between attempts.
//
// `shared/abort.ts` has such a function too. This code does not import it, because it is loaded on demand: see `on-demand.ts`.

/** Resolves after `milliseconds`, or as soon as the signal aborts. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);

    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    }
  });
}
