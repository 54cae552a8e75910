// Makes a command of AWS's SDK that sends a checked request as it is, and provides the raw bytes of Bedrock's event stream.
//
// The SDK would drop what it does not know: members of the request, and event types, members and padding of the answer.
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import {
  ConverseStreamCommand,
  type ConverseStreamCommandInput,
  type ConverseStreamCommandOutput,
} from "@aws-sdk/client-bedrock-runtime";
import type { DeserializeMiddleware, HttpRequest, HttpResponse } from "@smithy/types";
import { readErrorBody } from "../../shared/error-body.ts";
import { bodyTimeoutMs, failedConnection, readBedrockErrorResponse } from "../bedrock/failed-attempt.ts";
import { checkedBody, NoResponseError } from "../bedrock/post.ts";
import { visibleAscii } from "../bedrock/sign-call.ts";
import type { ConverseError } from "../converse-error.ts";
import type { CheckedRequest } from "../request/check-request.ts";

/** One call: its command and its result. */
export interface SdkCall {
  command: ConverseStreamCommand;
  /** The body of the response. Undefined until Bedrock has answered with an event stream. */
  stream: Readable | undefined;
  /** The failure of the last attempt. Undefined if that attempt succeeded, or failed before the SDK used the network. */
  failure: ConverseError | undefined;
}

type Output = ConverseStreamCommandOutput;
type Middleware = DeserializeMiddleware<ConverseStreamCommandInput, Output>;

export function createCall({ model, body }: CheckedRequest): SdkCall {
  // Tools that instrument the SDK see this input. They must not get the conversation.
  const command = new ConverseStreamCommand({ modelId: model.id, messages: [] });
  const call: SdkCall = { command, stream: undefined, failure: undefined };
  const stack = command.middlewareStack;
  stack.add(
    (next) => (args) => {
      (args.request as HttpRequest).body = Buffer.from(body);
      return next(args);
    },
    // Comes before the SDK's own middleware of this step, which computes the content-length.
    { name: "sendCheckedBody", step: "build", priority: "high" },
  );
  stack.add(
    (next) => (args) => {
      dropMalformedTrace(args.request as HttpRequest);
      return next(args);
    },
    // This step follows the one in which the SDK adds the trace id.
    { name: "checkTrace", step: "finalizeRequest", priority: "high" },
  );
  const toMiddleware = "deserializerMiddleware";
  stack.addRelativeTo(takeBody(call), { name: "takeBody", relation: "after", toMiddleware });
  stack.addRelativeTo(replaceEvents(call), { name: "replaceEvents", relation: "before", toMiddleware });
  return call;
}

/**
 * Takes the body of each response before the SDK reads it. The SDK gets the body of an error response as well, because the body
 * may contain the error's name, which decides whether there is a second attempt.
 */
function takeBody(call: SdkCall): Middleware {
  return (next) => async (args) => {
    call.failure = undefined;
    const result = await next(args).catch((error: NodeJS.ErrnoException) => {
      call.failure = failedConnection(new NoResponseError(error, false)).error;
      throw error;
    });
    const response = result.response as HttpResponse;
    const message = response.body as IncomingMessage;
    if (response.statusCode === 200) {
      call.stream = checkedBody(message);
      response.body = Readable.from([]);
      return result;
    }
    // Node passes on a 101 without an upgrade header as a response that never ends.
    if (response.statusCode === 101) message.destroy();
    const text = await readErrorBody(message, bodyTimeoutMs);
    const bodyAgain = () => Readable.from([Buffer.from(text)]);
    const { statusCode, headers } = message;
    const readAgain = Object.assign(bodyAgain(), { statusCode, headers }) as IncomingMessage;
    call.failure = (await readBedrockErrorResponse(readAgain)).error;
    // The SDK would regard a status below 300 as a success.
    if (response.statusCode < 300) throw call.failure;
    response.body = bodyAgain();
    return result;
  };
}

/** A request must not fail because of its trace. */
function dropMalformedTrace({ headers }: HttpRequest): void {
  for (const [name, value] of Object.entries(headers)) {
    if (/^x-amzn-trace-id$/i.test(name) && !visibleAscii.test(value)) delete headers[name];
  }
}

/**
 * Gives the output a stream that has no events, but ends when the body ends. Tools that instrument the SDK wrap this stream, to
 * measure the call until its end.
 */
function replaceEvents(call: SdkCall): Middleware {
  return (next) => async (args) => {
    const result = await next(args);
    result.output!.stream = noEventsUntilEnd(call.stream!);
    return result;
  };
}

function noEventsUntilEnd(body: Readable): NonNullable<Output["stream"]> {
  async function next() {
    await finished(body);
    return { done: true as const, value: undefined };
  }
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

/** Reads the output's stream to its end. A tool that has wrapped it would otherwise wait forever. */
export function readToEnd({ stream }: Output): void {
  void (async () => {
    for await (const _ of stream ?? []);
  })().catch(() => undefined); // The relay reads the same body and reports the error.
}
