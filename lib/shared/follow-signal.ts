// Makes any number of signals that follow one signal, with a single listener on that signal.
import { onAbort } from "./abort.ts";

/** A signal that aborts when the followed signal aborts. */
export interface FollowingSignal {
  signal: AbortSignal;
  /** Keeps following until `owner` is garbage-collected. */
  during(owner: object): void;
}

const controllerOf = new WeakMap<object, AbortController>();
const unused = new FinalizationRegistry<() => void>((stop) => stop());

/**
 * Makes a signal that follows `signal` until the new signal and all objects passed to `during` are garbage-collected. This
 * suits objects that do not report when they are finished, such as the body of a fetch.
 */
export function followSignal(signal: AbortSignal): FollowingSignal {
  const controller = new AbortController();
  if (signal.aborted) controller.abort(signal.reason);
  else unused.register(controller, onAbort(signal, abortIfUsed(signal, new WeakRef(controller))));
  controllerOf.set(controller.signal, controller);
  return { signal: controller.signal, during: (owner) => void controllerOf.set(owner, controller) };
}

// A separate function, because closures in the same scope keep each other's variables alive, including the controller.
function abortIfUsed(signal: AbortSignal, controller: WeakRef<AbortController>): () => void {
  return () => controller.deref()?.abort(signal.reason);
}
