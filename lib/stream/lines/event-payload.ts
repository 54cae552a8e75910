// Checks an event before it is passed on: its name, and that its payload is a JSON object.
import { isUtf8 } from "node:buffer";

/** Thrown for a payload that is not a JSON object, and for an event name that cannot be written in a line. */
export class InvalidEvent extends Error {
  override name = "InvalidEvent" as const;
}

/**
 * Characters that need no escapes in JSON or in the `event` field of server-sent events: visible ASCII
 * without quotes and backslashes. The colon is reserved for our prefix `bedrock:`.
 */
const eventName = /^[!#-9;-[\]-~]+$/;

/** Throws `InvalidEvent` if the name cannot be written in a line. */
export function checkEventName(name: string): void {
  if (!eventName.test(name))
    throw new InvalidEvent("an event's name has characters that cannot be written in a line");
}

/** Returns the payload's object. If `text` was decoded as Latin-1, so are the object's strings. Throws `InvalidEvent`. */
export function parseEvent(text: string, payload: Buffer): object {
  let value: unknown;
  try {
    // All of JSON's syntax is ASCII, so the text is valid JSON in Latin-1 exactly if it is valid in UTF-8.
    value = isUtf8(payload) && JSON.parse(text);
  } catch {
    throw new InvalidEvent("an event's payload is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidEvent("an event's payload is not a JSON object");
  }
  return value;
}
