// Checks a conversation: the order of roles, the content of each turn, and the names of documents.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
import { checkContentBlock } from "./check-content-block.ts";
import { nameOfDocument } from "./check-media.ts";
import { checkToolTurns, type Block, type Turn } from "./tool-turns.ts";
import {
  isJsonObject,
  requireList,
  requireObject,
  ValidationError,
  wrongFormat,
} from "./validation-error.ts";
import type { JsonObject } from "../../../wire.ts";

/** Returns the messages. Throws `ValidationError`. */
export function checkConversation(messages: unknown): JsonObject[] {
  const list = messages === undefined || messages === null ? [] : requireList(messages, "messages");
  const roles = list.map((message, index) => roleOf(requireObject(message, `messages.${index}`), index));
  checkRoles(roles);
  const turns = list.map((message, index) => readTurn(message as JsonObject, roles[index]!, index));
  checkToolTurns(turns);
  checkDocuments(turns);
  return list as JsonObject[];
}

/** Returns whether the conversation has blocks for which Bedrock requires `toolConfig`. */
export function usesTools(messages: JsonObject[]): boolean {
  const blocks = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return blocks.some(
    (block) => isJsonObject(block) && (block["toolUse"] ?? block["toolResult"] ?? null) !== null,
  );
}

function roleOf({ role }: JsonObject, index: number): Turn["role"] {
  if (role === "user" || role === "assistant" || role === "system") return role;
  throw wrongFormat(`messages.${index}.role`, "one of user, assistant, system");
}

function checkRoles(roles: Turn["role"][]): void {
  // System messages may be anywhere, so they do not count as turns.
  const speakers = roles.filter((role) => role !== "system");
  if (speakers[0] !== "user") {
    throw new ValidationError(
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    );
  }
  if (speakers.some((role, index) => role === speakers[index + 1])) {
    throw new ValidationError(
      "A conversation must alternate between user and assistant roles. " +
        "Make sure the conversation alternates between user and assistant roles and try again.",
    );
  }
}

function readTurn(message: JsonObject, role: Turn["role"], index: number): Turn {
  const path = `messages.${index}.content`;
  const content = requireList(message["content"], path);
  if (content.length === 0) {
    throw new ValidationError(
      `The content field in the Message object at messages.${index} is empty. ` +
        "Add a ContentBlock object to the content field and try again.",
    );
  }
  const blocks = content.map((block, at): Block => {
    const [kind, value] = checkContentBlock(block, `${path}.${at}`);
    return { kind, content: isJsonObject(value) ? value : {} };
  });
  return { role, path, blocks };
}

function checkDocuments(turns: Turn[]): void {
  for (const { blocks } of turns) {
    const kinds = blocks.map(({ kind }) => kind);
    if (kinds.includes("document") && !kinds.includes("text") && !kinds.includes("guardContent")) {
      throw new ValidationError("A text block must be included when using documents.");
    }
  }
  const names = turns.flatMap(({ blocks }) => blocks.flatMap(documentsOf));
  if (new Set(names).size === names.length) return;
  throw new ValidationError(
    "Messages can't contain duplicate document names. Rename the document and retry your request.",
  );
}

/** Includes documents in tool results: https://github.com/anomalyco/opencode/pull/48756. */
function documentsOf({ kind, content }: Block): string[] {
  const candidates = kind === "toolResult" ? (content["content"] as JsonObject[]) : [{ [kind]: content }];
  return candidates.flatMap((candidate) => nameOfDocument(candidate) ?? []);
}
