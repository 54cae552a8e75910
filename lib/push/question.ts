// Reads a message from a caller: a question, or an action on a question that was sent before.
import { isObject } from "../shared/json-object.ts";
import { ConverseError } from "../stream/converse-error.ts";
import { invalidRequest } from "../stream/request/invalid-request.ts";
import { membersIn } from "../stream/request/json-source.ts";

export interface Question {
  /** The `id` that the caller gave the question. Every message of the answer repeats it. */
  id?: string | number;
  /** Absent in a question. */
  action?: "cancel";
  /** The message without `id`, in the format of the body of `POST /`. It has not been checked yet. */
  body: string;
  /** Why the message cannot be answered. `id` and `action` are set nevertheless, if they could be read. */
  refusal?: ConverseError;
}

const longestId = 128;

export function readQuestion(text: string, maxBytes: number): Question {
  const tooLarge = refusalOfSize(text, maxBytes);
  if (tooLarge) return { body: "", refusal: tooLarge };
  const members = parse(text);
  // `checkRequest` rejects this text later, with an error that explains what is wrong with it.
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

/** The error for a request that is longer than the service allows. */
export function refusalOfSize(text: string, maxBytes: number): ConverseError | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return undefined;
  const message = `Cannot accept the request: it has ${bytes} bytes, above this service's limit of ${maxBytes}`;
  return new ConverseError("PayloadTooLarge", message);
}

/**
 * Each question is answered by an invocation of its own, perhaps in another execution environment. The invocation that
 * reads the action has no way to reach the one that answers.
 */
function cannotCancel(): ConverseError {
  return new ConverseError(
    "NotSupported",
    "Cannot cancel one answer: the service keeps no list of running answers; close the connection, which ends all answers on it",
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

/** Cuts the member out of the text instead of parsing and serializing it, so that numbers keep all their digits. */
function withoutId(text: string): string {
  const members = [...membersIn(text)].filter(([name]) => name !== "id");
  return `{${members.map(([, source]) => source).join(",")}}`;
}
