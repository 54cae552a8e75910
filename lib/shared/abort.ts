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
 * removed with the last follower, because a signal of `AbortSignal.timeout()` with a listener is not collected.
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

/** Awaits a promise, but rejects with the signal's reason as soon as it aborts. The promise's outcome is then ignored. */
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

/** A signal that aborts together with another one. */
export interface FollowingSignal {
  signal: AbortSignal;
  /** Keeps following until this object is garbage-collected. */
  during(owner: object): void;
}

const controllerOf = new WeakMap<object, AbortController>();
const unused = new FinalizationRegistry<() => void>((stop) => stop());

/** For objects that do not report when they are finished, such as the body of a fetch: following ends with them. */
export function followSignal(signal: AbortSignal): FollowingSignal {
  const controller = new AbortController();
  if (signal.aborted) controller.abort(signal.reason);
  else unused.register(controller, onAbort(signal, abortIfUsed(signal, new WeakRef(controller))));
  controllerOf.set(controller.signal, controller);
  return { signal: controller.signal, during: (owner) => void controllerOf.set(owner, controller) };
}

// A function of its own, because closures in one scope keep each other's variables alive, here the controller.
function abortIfUsed(signal: AbortSignal, controller: WeakRef<AbortController>): () => void {
  return () => controller.deref()?.abort(signal.reason);
}
