// Checks an event before it is passed on: its name, and that its payload is a JSON object.
import { isUtf8 } from "node:buffer";
import { isPlainObject } from "./plain-json.ts";

/** Thrown for a payload that is not a JSON object, and for an event name that cannot be written in a line. */
export class InvalidEvent extends Error {
  override name = "InvalidEvent" as const;
}

/**
 * Characters that need no escapes, neither in JSON nor in the `event` field of server-sent events: visible ASCII
 * without quotes and backslashes. The colon is reserved for our own prefix.
 */
const eventName = /^[!#-9;-[\]-~]+$/;

/** Throws `InvalidEvent`. */
export function checkEventName(name: string): void {
  if (!eventName.test(name))
    throw new InvalidEvent("an event's name has characters that cannot be written in a line");
}

/**
 * True if the payload is an object that can be copied as it is. `text` is the payload as Latin-1. False proves nothing:
 * `parseEvent` decides.
 */
export function isPlainEvent(text: string, payload: Buffer): boolean {
  return isPlainObject(text) && isUtf8(payload);
}

/** The payload's object. If `text` is Latin-1, so are its strings. Throws `InvalidEvent`. */
export function parseEvent(text: string, payload: Buffer): object {
  let value: unknown;
  try {
    // JSON's syntax is all ASCII, so the Latin-1 text is valid exactly if the UTF-8 text is.
    value = isUtf8(payload) && JSON.parse(text);
  } catch {
    throw new InvalidEvent("an event's payload is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidEvent("an event's payload is not a JSON object");
  }
  return value;
}
