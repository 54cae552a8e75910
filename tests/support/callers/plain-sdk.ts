// AWS's SDK as a caller of Bedrock. Only the request's body and the table of errors are ours. Tests compare both of our clients
// with this caller.
import { Readable } from "node:stream";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { bedrockFailure } from "../../../lib/stream/bedrock/bedrock-errors.ts";
import type { CallBedrock } from "../../../lib/stream/bedrock/call-bedrock.ts";

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number };
}

/** Makes a caller that decodes the stream, so it resolves with a `Readable` of the SDK's events. */
export function connectPlainSdk({ connect }: { connect: number }, endpoint: string): CallBedrock {
  const client = new BedrockRuntimeClient({
    endpoint,
    requestHandler: new NodeHttpHandler({ connectionTimeout: connect, requestTimeout: 0 }),
    maxAttempts: 2,
  });
  return async ({ model, body }, signal) => {
    const command = new ConverseStreamCommand({ modelId: model.id, messages: [] });
    command.middlewareStack.add(
      (next) => (args) => next({ ...args, request: Object.assign(args.request as object, { body }) }),
      { step: "build", priority: "high" },
    );
    try {
      const { stream = [] } = await client.send(command, { abortSignal: signal });
      return Readable.from(stream);
    } catch (error) {
      const { name, message, $metadata } = error as SdkError;
      throw bedrockFailure(name, message, $metadata?.httpStatusCode);
    }
  };
}
