// Finds the messages of a request: those in `messages`, or the one message that a shorthand stands for.
import { isObject } from "../../shared/json-object.ts";
import { invalidRequest } from "./invalid-request.ts";

/** For each shorthand, a function that makes the text of the message from the shorthand's text. */
const shorthands = {
  prompt: (text: string) => text,
  storyType: (subject: string) => `Tell me a very short story about: ${subject}`,
};

export type Shorthand = keyof typeof shorthands;
export const shorthandNames = Object.keys(shorthands) as Shorthand[];

/** Throws `ConverseError` InvalidRequest unless the request has either `messages` or one shorthand, in the right form. */
export function messagesOf(short: Record<Shorthand, unknown>, messages: unknown): unknown[] {
  const [name, other = messages === undefined ? undefined : "messages"] = shorthandNames.filter(
    (each) => short[each] !== undefined,
  );
  if (name !== undefined) {
    if (other !== undefined) throw invalidRequest(`it has "${name}" and "${other}"; send only one of them`);
    const text = short[name];
    if (typeof text !== "string" || text === "") throw invalidRequest(`"${name}" must be a non-empty string`);
    return [{ role: "user", content: [{ text: shorthands[name](text) }] }];
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalidRequest(
      `it has nothing to answer; send "messages" or, except on Bedrock's own paths, "prompt"`,
    );
  }
  for (const [index, message] of messages.entries()) {
    const content: unknown = isObject(message) && typeof message["role"] === "string" && message["content"];
    if (!Array.isArray(content) || content.length === 0 || !content.every(isObject)) {
      throw invalidRequest(`messages[${index}] must be an object with a role and a non-empty content array`);
    }
  }
  return messages;
}
