// Reads a message from a caller: a question, or an action on a question that was sent before.
import type { AnswerStore, KeyedRequest } from "../answer-store/index.ts";
import { isObject } from "../shared/json-object.ts";
import { ConverseError, shownError } from "../stream/converse-error.ts";
import { invalidRequest } from "../stream/request/invalid-request.ts";
import { membersIn } from "../stream/request/json-source.ts";

export interface Question extends KeyedRequest {
  /** The `id` that the caller gave the question. Every message of the answer repeats it. */
  id?: string | number;
  /** Absent in a question. */
  action?: "cancel";
  /** The message without `id`, in the format of the body of `POST /`. It has not been checked yet. */
  body: string;
  /** Why the message cannot be answered. `id` and `action` are set nevertheless, if they could be read. */
  refusal?: ConverseError;
}

/** What a question may contain depends on these settings and on the caller's identity. */
export interface QuestionLimits {
  maxBytes: number;
  /** Undefined if the service keeps no answers. A key is then rejected as an unknown member. */
  store: AnswerStore | undefined;
  /** The caller's verified identity. Undefined if it is not known; such a caller may not use a key. */
  owner: string | undefined;
}

const longestId = 128;

export function readQuestion(text: string, limits: QuestionLimits): Question {
  const tooLarge = refusalOfSize(text, limits.maxBytes);
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
  if (action !== undefined && action !== "cancel") {
    const refusal = invalidRequest(`"action" must be "cancel", or absent for a question`);
    return { ...named, body: "", refusal };
  }
  const known: Pick<Question, "id" | "action"> =
    action === undefined ? named : { ...named, action: "cancel" };
  if (action && !limits.store) return { ...known, body: "", refusal: cannotCancel() };
  return { ...known, ...readKey(id === undefined ? text : withoutId(text), limits) };
}

/** Reads a request that came without an `id`, such as one through the GraphQL API. */
export function readRequest(text: string, limits: QuestionLimits): Question {
  const tooLarge = refusalOfSize(text, limits.maxBytes);
  if (tooLarge) return { body: "", refusal: tooLarge };
  const read = readKey(text, limits);
  return { ...read, ...(read.keyed?.action && { action: read.keyed.action }) };
}

function readKey(text: string, { store, owner }: QuestionLimits): Question {
  try {
    return store?.readRequest(text, owner) ?? { body: text };
  } catch (error) {
    return { body: "", refusal: shownError(error) };
  }
}

/** The error for a request that is longer than the service allows. */
function refusalOfSize(text: string, maxBytes: number): ConverseError | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return undefined;
  const message = `Cannot accept the request: it has ${bytes} bytes, above this service's limit of ${maxBytes}`;
  return new ConverseError("PayloadTooLarge", message);
}

/**
 * Each question is answered by an invocation of its own, perhaps in another execution environment. Without the table of answers,
 * the invocation that reads the action has no way to reach the one that answers.
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
