// Reacts to abort signals, with one listener for each signal even if many calls share it.

interface Followers {
  runs: Set<() => void>;
  listener: () => void;
}

const followersOf = new WeakMap<AbortSignal, Followers>();

/**
 * Runs a function when the signal aborts. Call the returned function to stop following the signal.
 *
 * All followers share one listener, because Node warns of a leak when a signal has more than ten. The listener is
 * removed with the last follower, because a signal of `AbortSignal.timeout()` is not garbage-collected while it has one.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const followers = followersOf.get(signal) ?? listen(signal);
  // A new function, because two callers may pass the same one.
  const follower = (): void => run();
  followers.runs.add(follower);
  return () => {
    if (!followers.runs.delete(follower) || followers.runs.size > 0) return;
    signal.removeEventListener("abort", followers.listener);
    if (followersOf.get(signal) === followers) followersOf.delete(signal);
  };
}

function listen(signal: AbortSignal): Followers {
  const runs = new Set<() => void>();
  const listener = (): void => {
    for (const run of runs) run();
    runs.clear();
  };
  signal.addEventListener("abort", listener, { once: true });
  const followers = { runs, listener };
  followersOf.set(signal, followers);
  return followers;
}

/** Awaits a promise, but rejects with the signal's reason as soon as the signal aborts. The promise's outcome is then ignored. */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | null | undefined,
): Promise<T> {
  if (!signal) return promise;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else stop = onAbort(signal, () => reject(signal.reason as Error));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stop?.();
  }
}

/** Waits `ms` milliseconds. Rejects with the signal's reason as soon as the signal aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await untilAborted(passed, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a signal's reason is that of `AbortSignal.timeout()`: https://dom.spec.whatwg.org/#dom-abortsignal-timeout */
export function isTimeout(reason: unknown): boolean {
  return (reason as { name?: unknown } | null | undefined)?.name === "TimeoutError";
}
