// Reads a frame as an event to pass on, or as the failure that Bedrock reports in its place.
import type { Usage } from "../../wire.ts";
import { bedrockFailure } from "../bedrock/failures.ts";
import type { ConverseError } from "../converse-error.ts";
import type { Frame } from "./event-stream-decoder.ts";
import { EventStreamCorrupt } from "./frame-headers.ts";

/** Bedrock's name of an event (`contentBlockDelta`), or the failure of an exception or error frame. */
export function readFrame({ headers, payload }: Frame): { name: string } | { failure: ConverseError } {
  const kind = headers.get(":message-type");
  if (kind === "event") return { name: text(headers.get(":event-type")) };
  if (kind === "exception") {
    const type = text(headers.get(":exception-type"));
    // The stream says throttlingException where an HTTP answer says ThrottlingException.
    const name = type.slice(0, 1).toUpperCase() + type.slice(1);
    return { failure: bedrockFailure(name, messageOf(payload)) };
  }
  if (kind === "error") {
    return { failure: bedrockFailure(text(headers.get(":error-code")), text(headers.get(":error-message"))) };
  }
  throw new EventStreamCorrupt("Frame is neither event nor exception nor error");
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
    // The exception's name counts; a body that is no JSON has nothing to add to it.
    return "";
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
