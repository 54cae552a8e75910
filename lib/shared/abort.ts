// Abort signals: one listener on each, however many calls share it.

interface Followers {
  runs: Set<() => void>;
  listener: () => void;
}

const followersOf = new WeakMap<AbortSignal, Followers>();

/**
 * Runs a function when the signal aborts, until the function that is given back is called.
 *
 * The signal itself gets one listener for all: Node warns of a leak above ten on a signal, and undici's own would stay
 * until a collection. It is removed with the last follower, because a signal of `AbortSignal.timeout()` that has
 * listeners is kept alive.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const followers = followersOf.get(signal) ?? listen(signal);
  // Not the function itself, which two callers may share.
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

/** Rejects with the signal's reason as soon as it fires; what becomes of the promise then is ignored. */
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

/** A signal that fires with another one. */
export interface FollowingSignal {
  signal: AbortSignal;
  /** Follows for as long as this object is in use. */
  during(owner: object): void;
}

const controllerOf = new WeakMap<object, AbortController>();
const unused = new FinalizationRegistry<() => void>((stop) => stop());

/** For what tells nobody when it is over, such as the body of a fetch: the following ends with its owners. */
export function followSignal(signal: AbortSignal): FollowingSignal {
  const controller = new AbortController();
  if (signal.aborted) controller.abort(signal.reason);
  else unused.register(controller, onAbort(signal, abortIfUsed(signal, new WeakRef(controller))));
  controllerOf.set(controller.signal, controller);
  return { signal: controller.signal, during: (owner) => void controllerOf.set(owner, controller) };
}

// Apart, because a function keeps alive all that the functions beside it use.
function abortIfUsed(signal: AbortSignal, controller: WeakRef<AbortController>): () => void {
  return () => controller.deref()?.abort(signal.reason);
}
