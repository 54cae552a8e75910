// Reads a frame as an event to pass on, or as the error that Bedrock reports.
import type { Usage } from "../../wire.ts";
import { bedrockFailure } from "../bedrock/bedrock-errors.ts";
import type { ConverseError } from "../converse-error.ts";
import type { Frame } from "./event-stream-decoder.ts";
import { EventStreamCorrupt } from "./frame-headers.ts";

/** Bedrock's name of an event (`contentBlockDelta`), or the error of an exception or error frame. */
export function readFrame({ headers, payload }: Frame): { name: string } | { error: ConverseError } {
  const kind = headers.get(":message-type");
  if (kind === "event") return { name: text(headers.get(":event-type")) };
  if (kind === "exception") {
    const type = text(headers.get(":exception-type"));
    // An exception that is called ThrottlingException in an HTTP response is called throttlingException in a stream.
    const name = type.slice(0, 1).toUpperCase() + type.slice(1);
    return { error: bedrockFailure(name, messageOf(payload)) };
  }
  if (kind === "error") {
    return { error: bedrockFailure(text(headers.get(":error-code")), text(headers.get(":error-message"))) };
  }
  throw new EventStreamCorrupt("a frame is neither an event nor an exception nor an error");
}

export function stopReasonOf(payload: Buffer): string | undefined {
  const { stopReason } = JSON.parse(payload.toString()) as { stopReason?: unknown };
  return text(stopReason) || undefined;
}

export function usageOf(payload: Buffer): Usage | undefined {
  const { usage } = JSON.parse(payload.toString()) as { usage?: Usage };
  return typeof usage === "object" && usage !== null && !Array.isArray(usage) ? usage : undefined;
}

function messageOf(payload: Buffer): string {
  try {
    const value = JSON.parse(payload.toString()) as { message?: unknown } | null;
    return text(value?.message);
  } catch {
    // The exception's name is enough for an error, so an unreadable body is ignored.
    return "";
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
