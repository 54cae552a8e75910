// Makes signals that follow another signal, without adding a listener to it for each of them.
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
 * Makes a signal that follows `signal` for as long as an object exists that uses it. That suits objects which do not report
 * when they are finished, such as the body of a fetch.
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
