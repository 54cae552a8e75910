// Turns a scripted stream into the response of Converse: one JSON object, or an error response.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
import { ConverseFold } from "../../stream/converse/converse-fold.ts";
import { EventStreamDecoder } from "../../stream/events/event-stream-decoder.ts";
import type { BatchedResponse } from "./batched-response.ts";
import { errorResponse, type PlainResponse } from "./script.ts";

/** The status of Converse's error response for each exception that a stream may have. */
const statuses: Record<string, number> = {
  internalServerException: 500,
  modelStreamErrorException: 424,
  serviceUnavailableException: 503,
  throttlingException: 429,
  validationException: 400,
};

/** Makes a response for `play` that sends nothing before the script's end. An incomplete or corrupt stream becomes a 500. */
export function foldedResponse(response: BatchedResponse): BatchedResponse {
  const fold = new ConverseFold();
  const decoder = new EventStreamDecoder(({ headers, payload }) => {
    const exception = headers.get(":exception-type");
    if (typeof exception === "string") return respond(exceptionResponse(exception, payload));
    const name = String(headers.get(":event-type"));
    fold.event(name, payload);
    isComplete ||= name === "messageStop";
  });
  let isComplete = false;

  function respond(plain: PlainResponse): void {
    response.respond(plain);
  }

  function end(): void {
    if (!isComplete) return respond(internalError("The model's answer ended early"));
    fold.own({ type: "end", stopReason: "", timing: { totalMs: 0 } });
    respond({ status: 200, headers: { "content-type": "application/json" }, body: fold.take().toString() });
  }

  return {
    get state() {
      return response.state;
    },
    get headersSent() {
      return response.headersSent;
    },
    disconnected: response.disconnected,
    accept: () => undefined,
    flush: () => Promise.resolve(),
    wait: (start) => response.wait(start),
    cut: () => response.cut(),
    respond,
    add(bytes) {
      try {
        decoder.push(Buffer.from(bytes));
      } catch (error) {
        respond(internalError((error as Error).message));
      }
      return false;
    },
    end,
  };
}

/** In a response, the first letter of the name is a capital: `ThrottlingException` instead of `throttlingException`. */
function exceptionResponse(type: string, payload: Buffer): PlainResponse {
  const name = type.slice(0, 1).toUpperCase() + type.slice(1);
  return errorResponse(statuses[type] ?? 500, name, JSON.parse(payload.toString()));
}

function internalError(message: string): PlainResponse {
  return errorResponse(500, "InternalServerException", { message });
}
