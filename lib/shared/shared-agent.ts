// The connections of this process: one pool, made when it is first needed.
import { Agent } from "undici";

let agent: Agent | undefined;

/**
 * undici's own timeouts end a body that is silent for 300 s, whatever the caller set, and so would cut a model that
 * thinks for long. The callers of this pool have timers of their own.
 */
export function sharedAgent(): Agent {
  agent ??= new Agent({ bodyTimeout: 0, headersTimeout: 0 });
  return agent;
}
