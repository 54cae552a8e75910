// Reads a message from a caller: a question, or an action on another question.
import { isObject } from "../shared/json-object.ts";
import { ConverseError } from "../stream/converse-error.ts";
import { invalidRequest } from "../stream/request/invalid-request.ts";
import { membersIn } from "../stream/request/json-source.ts";

export interface Question {
  /** The caller's own name for the question, which every message of its answer repeats. */
  id?: string | number;
  /** Absent for a question. */
  action?: "cancel";
  /** The message without `id`: a request as the body of `POST /` has it, still unchecked. */
  body: string;
  /** Why the message cannot be answered. Its id and action are known all the same, if they could be read. */
  refusal?: ConverseError;
}

const longestId = 128;

export function readQuestion(text: string, maxBytes: number): Question {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    const message = `Cannot accept the request: it has ${bytes} bytes, above this service's limit of ${maxBytes}`;
    return { body: "", refusal: new ConverseError("PayloadTooLarge", message) };
  }
  const members = parse(text);
  // What is wrong with the rest is found where the request is checked.
  if (!members) return { body: text };
  const { id, action } = members;
  const isId =
    id === undefined || Number.isSafeInteger(id) || (typeof id === "string" && id.length <= longestId);
  if (!isId) {
    const found = `"id" must be a string of at most ${longestId} characters or a whole number`;
    return { body: "", refusal: invalidRequest(found) };
  }
  const named = id === undefined ? {} : { id: id as string | number };
  if (action === undefined) return { ...named, body: id === undefined ? text : withoutId(text) };
  if (action !== "cancel") {
    return {
      ...named,
      body: "",
      refusal: invalidRequest(`"action" must be "cancel", or absent for a question`),
    };
  }
  return { ...named, action, body: "", refusal: cannotCancel() };
}

/**
 * Each question has an invocation of its own, perhaps in another execution environment, and nothing connects them but
 * the caller's connection.
 */
function cannotCancel(): ConverseError {
  return new ConverseError(
    "NotSupported",
    "Cannot cancel one answer: the service keeps no record of what is running; close the connection, which ends all of its answers",
  );
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Cuts the member out of the text, so that numbers keep their digits. */
function withoutId(text: string): string {
  const members = [...membersIn(text)].filter(([name]) => name !== "id");
  return `{${members.map(([, source]) => source).join(",")}}`;
}
