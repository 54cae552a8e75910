// Reads the members of a request that concern its idempotency key, and cuts them out of its body.
import { invalidRequest } from "../stream/request/invalid-request.ts";
import { cutMembers } from "../stream/request/json-source.ts";

/** The members of a request with a key. */
export interface KeyMembers {
  key: string;
  /** The caller's verified identity. */
  owner: string;
  /** The number of lines that the caller already has. */
  fromLine: number;
  /** Absent in a request for an answer. */
  action?: "cancel";
}

export interface KeyedRequest {
  /** The request's body without the members that concern the key. It has not been checked yet. */
  body: string;
  /** Undefined if the request has no key. */
  keyed?: KeyMembers;
}

const names: ReadonlySet<string> = new Set(["idempotencyKey", "fromLine", "action"]);
/** In characters. A longer JSON text is not parsed, because no valid value of these members is that long. */
const longestSource = 1000;
const keyForm = /^[!-~]{16,128}$/;

/**
 * Cuts the members that concern the key out of the body. `owner` is undefined if nobody has verified who the caller is; such a
 * caller may not use a key. Throws `ConverseError` InvalidRequest. No message quotes a value.
 */
export function readKeyedRequest(text: string, owner: string | undefined): KeyedRequest {
  const { cut, rest } = cutMembers(text, names);
  if (cut.size === 0) return { body: text };
  const [key, fromLine, action] = ["idempotencyKey", "fromLine", "action"].map((name) =>
    valueOf(cut.get(name)),
  );
  if (fromLine !== undefined && !(Number.isSafeInteger(fromLine) && (fromLine as number) >= 0)) {
    throw invalidRequest(
      `"fromLine" must be a whole number, the number of lines that the caller already has`,
    );
  }
  if (action !== undefined && action !== "cancel") {
    throw invalidRequest(`"action" must be "cancel", or absent in a request for an answer`);
  }
  if (key === undefined) {
    const name = action === undefined ? "fromLine" : "action";
    throw invalidRequest(`"${name}" needs "idempotencyKey"; send the key of the answer too`);
  }
  if (action !== undefined && !/^\s*\{\s*\}\s*$/.test(rest)) {
    throw invalidRequest(`"action" may be sent only with "idempotencyKey"; leave the other members out`);
  }
  const members = membersOf(key, `"idempotencyKey"`, owner);
  return {
    body: rest,
    keyed: { ...members, fromLine: (fromLine as number | undefined) ?? 0, ...(action && { action }) },
  };
}

/**
 * Reads the value of the header `idempotency-key`, which Bedrock's own operations have in place of the members. The value is a
 * quoted string, or the same characters without quotes.
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function readKeyHeader(
  value: string | undefined,
  owner: string | undefined,
): Pick<KeyedRequest, "keyed"> {
  if (value === undefined) return {};
  const key = /^"(.*)"$/.exec(value)?.[1] ?? value;
  return { keyed: membersOf(key, "the header idempotency-key", owner) };
}

function membersOf(key: unknown, place: string, owner: string | undefined): KeyMembers {
  if (typeof key !== "string" || !keyForm.test(key)) {
    throw invalidRequest(
      `${place} must have 16 to 128 visible ASCII characters, without spaces; send a UUID`,
    );
  }
  if (owner !== undefined) return { key, owner, fromLine: 0 };
  throw invalidRequest(`${place} needs a caller whose identity is known; leave it out`);
}

/** Returns null, which no member accepts, for a source that is too long or is not JSON. */
function valueOf(source: string | undefined): unknown {
  if (source === undefined) return undefined;
  if (source.length > longestSource) return null;
  try {
    return JSON.parse(source) as unknown;
  } catch {
    return null;
  }
}
