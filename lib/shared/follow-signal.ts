// Makes signals that abort together with another one, without one listener for each on the other one.
import { onAbort } from "./abort.ts";

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
