// Options for AWS's Bedrock client on Node, with a request handler that uses HTTP/1.1.
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type BedrockClientOptions, clientOptionsFor, type ServiceOptions } from "../client-options.ts";

/**
 * Makes options with which AWS's `BedrockRuntimeClient` calls a deployed service instead of Bedrock. Only ConverseStream and
 * Converse work; the service has no other operation of Bedrock's.
 *
 * A Function URL speaks HTTP/1.1, so on Node the options contain a `NodeHttpHandler`. It comes with the SDK. With a package
 * manager that hides the dependencies of dependencies, such as pnpm, add `@smithy/node-http-handler` to your `package.json`.
 *
 * Throws a `ConfigurationError` if the URL, the Region or the credentials are not usable.
 *
 * @example
 * const url = "https://abc123.lambda-url.eu-west-1.on.aws/";
 * const bedrock = new BedrockRuntimeClient({ ...bedrockClientOptions({ url, credentials }), maxAttempts: 1 });
 */
export function bedrockClientOptions(service: ServiceOptions): BedrockClientOptions {
  // The handler's default is 50. With it, answer 51 would not begin before one of the others has ended.
  const agent = { maxSockets: Infinity };
  const requestHandler = new NodeHttpHandler({ httpAgent: agent, httpsAgent: agent });
  return { ...clientOptionsFor(service), requestHandler };
}
