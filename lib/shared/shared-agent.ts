// The connection pool that all clients and signed fetches of a process share, created on first use.
import { Agent } from "undici";

let agent: Agent | undefined;

/**
 * undici's timeouts are off, because they would end a body after 300 s of silence, and some models think longer than
 * that. The code that uses this pool has its own timers.
 */
export function sharedAgent(): Agent {
  agent ??= new Agent({ bodyTimeout: 0, headersTimeout: 0 });
  return agent;
}
