// Calls Bedrock with AWS's SDK for JavaScript, in place of the built-in client: the SDK finds credentials and endpoint, signs,
// connects and retries. The bodies of request and response pass through it unchanged.
//
// lib/deployment/esbuild.cjs puts this file into the bundle if the parameter `bedrockClient` is `sdk`.
import type { Agent as HttpsAgent } from "node:https";
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { createAgent } from "../bedrock/agent.ts";
import { bedrockFailure } from "../bedrock/bedrock-errors.ts";
import type { CallBedrock } from "../bedrock/call-bedrock.ts";
import { findEndpoint, type Variables } from "../bedrock/endpoint.ts";
import { createSigner } from "../bedrock/sign-call.ts";
import { ConverseError } from "../converse-error.ts";
import type { Times } from "../settings/configuration.ts";
import { reportUpgrades } from "./report-upgrades.ts";
import { createCall, readToEnd } from "./unchanged-bodies.ts";

/** More attempts would multiply the cost of an outage. Callers can retry themselves if the error is `retryable`. */
const maxAttempts = 2;

/**
 * Opens the first connection. If a variable is missing or wrong, throws an Error that names it. The parameters are those of the
 * built-in client, but the SDK reads `process.env` itself.
 */
export function connectBedrock(
  times: Pick<Times, "connect">,
  variables: Variables = process.env,
  prepare?: () => unknown,
): CallBedrock {
  const endpoint = findEndpoint(variables);
  // The built-in client's signer checks the secrets when it is made. The SDK would not notice a wrong one before the first call.
  createSigner(endpoint, variables);
  const agent = reportUpgrades(createAgent(endpoint.url, times.connect, { prepare }));
  const client = new BedrockRuntimeClient({
    // The SDK's default is HTTP/2. With HTTP/2, it makes a new TLS connection for every ConverseStream call, and ends an aborted
    // stream as if it were complete: https://github.com/aws/aws-sdk-js-v3/issues/8279
    requestHandler: new NodeHttpHandler({
      // The SDK uses one of these two, depending on the endpoint's protocol.
      httpAgent: agent,
      httpsAgent: agent as HttpsAgent,
      // The agent limits the time to connect. The relay has the other limits, because it knows when a slow caller is the
      // reason for a wait.
      requestTimeout: 0,
      socketTimeout: 0,
    }),
    maxAttempts,
    customUserAgent: "deltapipe",
  });
  return async (request, signal) => {
    const call = createCall(request);
    try {
      const output = await client.send(call.command, { abortSignal: signal });
      readToEnd(output);
      return call.stream!;
    } catch (error) {
      signal.throwIfAborted();
      throw call.failure ?? failureOf(error as Error);
    }
  };
}

/** The error for a call that failed before it reached the network, or because its response is not an event stream. */
function failureOf(error: Error): unknown {
  if (error instanceof ConverseError) return error;
  // Credential providers throw errors whose names end with "ProviderError". Some providers call another AWS service, such as STS,
  // and pass on its error responses, which have the member `$fault`.
  const isOfProvider = error.name.endsWith("ProviderError") || "$fault" in error;
  return isOfProvider ? bedrockFailure("CredentialsProviderError", error.message) : error;
}
