// Collects the lines of one answer into its result, or the error that ended it. Settles once.
import type { EndLine, Line, Message, MessageStopLine, MetadataLine, StartLine } from "../wire.ts";
import { type DeltapipeError, StreamFailedError } from "./errors.ts";
import type { ConverseResult } from "./converse-event.ts";
import { createMessageBuilder, toolsWithoutInput } from "./message.ts";
import { turnOf } from "./turn.ts";

export interface Answer {
  readonly result: Promise<ConverseResult>;
  readonly settled: boolean;
  add(line: Line): void;
  fail(error: DeltapipeError): void;
  /** What every error about this answer carries. */
  details(): { partial: Message; requestId: string | undefined };
}

export function createAnswer(onSettled: () => void): Answer {
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
  // The loop over the events throws the same error: a result that nobody asks for is not unhandled.
  result.catch(() => {});

  function add(line: Line): void {
    if (line.type === "start") start = line;
    // A second event may lack what the first one said.
    if (line.type === "messageStop") messageStop = { ...messageStop, ...line };
    if (line.type === "metadata") metadata = { ...metadata, ...line };
    message.add(line);
    if (line.type === "end") complete(line);
  }

  function complete(end: EndLine): void {
    const whole = message.build();
    const tools = toolsWithoutInput(whole.content);
    if (tools.length > 0) {
      const text = `Cannot parse the input of the tool ${tools.join(", ")}: it is no JSON object, stop reason ${end.stopReason}`;
      fail(new StreamFailedError(text, { ...details(), code: "ToolInputInvalid", retryable: false }));
      return;
    }
    settle();
    resolve({
      message: turnOf(whole),
      content: whole.content,
      stopReason: end.stopReason,
      ...(end.usage && { usage: end.usage }),
      timing: end.timing,
      ...(messageStop?.additionalModelResponseFields !== undefined && {
        additionalModelResponseFields: messageStop.additionalModelResponseFields,
      }),
      ...(metadata && { metadata }),
      modelId: start?.modelId ?? "",
      requestId: start?.requestId ?? "",
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
