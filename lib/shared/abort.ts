// Reacts to abort signals, with one listener for each signal even if many calls share it.

const followersOf = new WeakMap<EventTarget, Set<() => void>>();

/**
 * Runs a function when the signal aborts. Call the returned function to stop following the signal.
 *
 * All followers share one listener, because Node warns of a leak when a signal has more than ten. The listener is
 * removed with the last follower, because a signal of `AbortSignal.timeout()` is not garbage-collected while it has a listener.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const followers = followersOf.get(signal) ?? new Set();
  // A set contains a function only once, but two callers may pass the same function. So each call adds a function of its own.
  const follower = (): void => run();
  followers.add(follower);
  followersOf.set(signal, followers);
  // Adding the same listener again changes nothing.
  signal.addEventListener("abort", runFollowers, { once: true });
  return () => {
    if (!followers.delete(follower) || followers.size > 0) return;
    signal.removeEventListener("abort", runFollowers);
  };
}

function runFollowers({ target: signal }: Event): void {
  const followers = followersOf.get(signal!) ?? new Set();
  for (const run of followers) run();
  followers.clear();
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
