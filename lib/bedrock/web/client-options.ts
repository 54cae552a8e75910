// The options for runtimes in which the SDK sends with fetch.
import { type BedrockClientOptions, clientOptionsFor, type ServiceOptions } from "../client-options.ts";

/** The Node entry's function has the documentation. */
export function bedrockClientOptions(service: ServiceOptions): BedrockClientOptions {
  return clientOptionsFor(service);
}
