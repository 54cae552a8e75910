// Calls Bedrock with AWS's SDK, as a replacement for lib/stream/bedrock/call-bedrock.ts: the SDK finds the endpoint, signs,
// connects and retries, but does not decode the stream. The benchmark uses this to measure the cost of the SDK, and tests
// compare our own calls with it.
import type { IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import { Readable } from "node:stream";
import {
  BedrockRuntimeClient,
  ConverseStreamCommand,
  type ConverseStreamCommandInput,
  type ConverseStreamCommandOutput,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { DeserializeMiddleware } from "@smithy/types";
import { bedrockFailure } from "../stream/bedrock/bedrock-errors.ts";
import type { CallBedrock } from "../stream/bedrock/call-bedrock.ts";
import { createAgent } from "../stream/bedrock/agent.ts";
import { findEndpoint } from "../stream/bedrock/endpoint.ts";
import { checkedBody } from "../stream/bedrock/post.ts";
import { networkCodes } from "../stream/bedrock/failed-attempt.ts";
import type { Times } from "../stream/settings/configuration.ts";
import { ConverseError } from "../stream/converse-error.ts";
import type { CheckedRequest } from "../stream/request/check-request.ts";

export function connectBedrock(times: Pick<Times, "connect">): CallBedrock {
  const { url } = findEndpoint(process.env);
  const client = new BedrockRuntimeClient({
    // The SDK's default handler makes a new TLS connection for every ConverseStream call, and ends an aborted stream as if it
    // were complete: https://github.com/aws/aws-sdk-js-v3/issues/8279
    requestHandler: new NodeHttpHandler({
      connectionTimeout: times.connect,
      // The relay has the timeouts, because it knows when a slow caller is the reason for a wait.
      requestTimeout: 0,
      socketTimeout: 0,
      ...(url.protocol === "https:" && { httpsAgent: createAgent(url, times.connect) as Agent }),
    }),
    maxAttempts: 2,
  });
  return async (request, signal) => {
    const { command, taken } = commandFor(request);
    try {
      await client.send(command, { abortSignal: signal });
    } catch (error) {
      if (taken.body === undefined) throw signal.aborted ? signal.reason : failureOf(error);
      // The real stream has already been taken, so an error of the SDK about the empty stream in its place does not matter.
    }
    if (taken.body === undefined)
      throw new ConverseError("UpstreamInvalid", "Bedrock's response is not an event stream");
    return taken.body;
  };
}

interface HttpMessage {
  statusCode: number;
  body: unknown;
}

/** A command that sends the request's JSON unchanged and takes the response's body before the SDK reads it. */
function commandFor({ model, body }: CheckedRequest) {
  const taken: { body?: Readable } = {};
  const command = new ConverseStreamCommand({ modelId: model.id, messages: [] });
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as HttpMessage).body = Buffer.from(body);
      return next(args);
    },
    { step: "build", name: "sendCheckedJson", priority: "high" },
  );
  const takeRawBody: DeserializeMiddleware<ConverseStreamCommandInput, ConverseStreamCommandOutput> =
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as HttpMessage;
      if (response.statusCode === 200 && response.body instanceof Readable) {
        taken.body = checkedBody(response.body as IncomingMessage);
        response.body = Readable.from([]);
      }
      return result;
    };
  command.middlewareStack.addRelativeTo(takeRawBody, {
    relation: "after",
    toMiddleware: "deserializerMiddleware",
    name: "takeRawBody",
  });
  return { command, taken };
}

function failureOf(error: unknown): ConverseError {
  if (error instanceof ConverseError) return error;
  const { name, message, code, $metadata } = error as Error & {
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const isNetwork = name === "TimeoutError" || (code !== undefined && networkCodes.has(code));
  if (isNetwork && $metadata?.httpStatusCode === undefined) {
    return new ConverseError("UpstreamUnreachable", "Bedrock could not be reached", {
      cause: error,
      detail: `${code ?? name}`,
    });
  }
  return bedrockFailure(name, message, $metadata?.httpStatusCode);
}
