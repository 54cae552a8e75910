// Options for AWS's Bedrock client on Node, with a request handler that uses HTTP/1.1.
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type BedrockClientOptions, clientOptionsFor, type ServiceOptions } from "../client-options.ts";

/**
 * Makes options with which AWS's `BedrockRuntimeClient` calls the service instead of Bedrock. Only ConverseStream and
 * Converse work, because the service has none of Bedrock's other operations.
 *
 * A Function URL speaks HTTP/1.1, so on Node the options contain a `NodeHttpHandler`. Its package comes with the SDK.
 * With a package manager that hides the dependencies of dependencies, such as pnpm, add `@smithy/node-http-handler` to
 * your `package.json`.
 *
 * Throws a `ConfigurationError` if the URL, the Region or the credentials are not usable.
 *
 * @example
 * const url = "https://abc123.lambda-url.eu-west-1.on.aws/";
 * const bedrock = new BedrockRuntimeClient({ ...bedrockClientOptions({ url, credentials }), maxAttempts: 1 });
 */
export function bedrockClientOptions(service: ServiceOptions): BedrockClientOptions {
  // By default, the handler opens at most 50 connections, and the 51st request would wait until one of the first 50
  // answers has ended.
  const agent = { maxSockets: Infinity };
  const requestHandler = new NodeHttpHandler({ httpAgent: agent, httpsAgent: agent });
  return { ...clientOptionsFor(service), requestHandler };
}
