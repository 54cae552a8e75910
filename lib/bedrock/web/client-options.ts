// Options for AWS's Bedrock client in runtimes where it sends requests with fetch.
import { type BedrockClientOptions, clientOptionsFor, type ServiceOptions } from "../client-options.ts";

/** See the function of the same name in `node/client-options.ts`. */
export function bedrockClientOptions(service: ServiceOptions): BedrockClientOptions {
  return clientOptionsFor(service);
}
