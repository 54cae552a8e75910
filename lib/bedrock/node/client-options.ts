// The options for Node, with a handler for HTTP/1.1.
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type BedrockClientOptions, clientOptionsFor, type ServiceOptions } from "../client-options.ts";

/**
 * Makes the options with which AWS's `BedrockRuntimeClient` calls a deployed service instead of Bedrock. They are for
 * ConverseStream and Converse; the service has no other operation of Bedrock's.
 *
 * A Function URL speaks HTTP/1.1, so on Node they contain a `NodeHttpHandler`. It comes with the SDK; package managers
 * that hide the dependencies of dependencies, such as pnpm, need `@smithy/node-http-handler` in your own `package.json`.
 *
 * Throws a `ConfigurationError` if the URL, the Region or the credentials are not usable.
 *
 * @example
 * const url = "https://abc123.lambda-url.eu-west-1.on.aws/";
 * const bedrock = new BedrockRuntimeClient({ ...bedrockClientOptions({ url, credentials }), maxAttempts: 1 });
 */
export function bedrockClientOptions(service: ServiceOptions): BedrockClientOptions {
  // The handler's default is 50: each further answer would wait until one of these has ended.
  const agent = { maxSockets: Infinity };
  const requestHandler = new NodeHttpHandler({ httpAgent: agent, httpsAgent: agent });
  return { ...clientOptionsFor(service), requestHandler };
}
