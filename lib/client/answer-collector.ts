// Collects the lines of one answer, and settles its result: with the complete answer, or with the error that ended it.
import type { EndLine, Line, Message, MessageStopLine, MetadataLine, StartLine } from "../wire.ts";
import { type DeltapipeError, StreamFailedError } from "./errors.ts";
import type { ConverseResult } from "./converse-event.ts";
import { createMessageBuilder, reasoningTextOf, textOf, toolsWithoutInput } from "./message.ts";
import { toolCallsOf } from "./structured/tool-call.ts";
import { turnOf } from "./next-turn.ts";

export interface AnswerCollector {
  readonly result: Promise<ConverseResult>;
  /** Whether `result` has been resolved or rejected. */
  readonly settled: boolean;
  add(line: Line): void;
  /** Rejects `result`, unless it is settled. */
  fail(error: DeltapipeError): void;
  /** The part of the answer that has arrived, and its request id, for every error about this answer. */
  details(): { partial: Message; requestId: string | undefined };
}

/** Calls `onSettled` once, when the result is resolved or rejected. */
export function createAnswerCollector(onSettled: () => void): AnswerCollector {
  const message = createMessageBuilder();
  let start: StartLine | undefined;
  let messageStop: MessageStopLine | undefined;
  let metadata: MetadataLine | undefined;
  let settled = false;
  let resolve: (result: ConverseResult) => void;
  let reject: (error: DeltapipeError) => void;
  const result = new Promise<ConverseResult>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  // A caller who only loops over the events gets the same error from the loop. Without this handler the unused
  // promise would end the process with an unhandled rejection.
  result.catch(() => {});

  function add(line: Line): void {
    if (line.type === "start") start = line;
    // Events are merged: if `messageStop` or `metadata` arrives twice, the second one may have fewer members.
    if (line.type === "messageStop") messageStop = { ...messageStop, ...line };
    if (line.type === "metadata") metadata = { ...metadata, ...line };
    message.add(line);
    if (line.type === "end") complete(line);
  }

  function complete(end: EndLine): void {
    const complete = message.build();
    const tools = toolsWithoutInput(complete.content);
    if (tools.length > 0) {
      const text =
        `Cannot parse the input of the tool ${tools.join(", ")}: it is not a JSON object (stop reason` +
        ` ${end.stopReason}); ask again, and raise maxTokens if it was cut`;
      fail(new StreamFailedError(text, { ...details(), code: "ToolInputInvalid", retryable: false }));
      return;
    }
    settle();
    resolve({
      message: turnOf(complete),
      content: complete.content,
      text: textOf(complete.content),
      reasoningText: reasoningTextOf(complete.content),
      toolCalls: toolCallsOf(complete.content),
      stopReason: end.stopReason,
      ...(end.usage && { usage: end.usage }),
      timing: end.timing,
      ...(messageStop?.additionalModelResponseFields !== undefined && {
        additionalModelResponseFields: messageStop.additionalModelResponseFields,
      }),
      ...(metadata && { metadata }),
      modelId: start?.modelId,
      requestId: start?.requestId,
    });
  }

  function fail(error: DeltapipeError): void {
    settle();
    reject(error);
  }

  function settle(): void {
    if (settled) return;
    settled = true;
    onSettled();
  }

  function details(): { partial: Message; requestId: string | undefined } {
    return { partial: message.build(), requestId: start?.requestId };
  }

  return {
    result,
    get settled() {
      return settled;
    },
    add,
    fail,
    details,
  };
}
