// Checks a conversation as a whole: whose turn it is, which results answer which tools, and documents by their names.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
import { checkContentBlock, type BlockKind } from "./content-block.ts";
import { nameOfDocument } from "./media.ts";
import { isObject, requireList, requireObject, ValidationError, wrongFormat } from "./validation-error.ts";
import type { JsonObject } from "../../../wire.ts";

interface Block {
  kind: BlockKind;
  content: JsonObject;
}

interface Turn {
  role: "user" | "assistant" | "system";
  /** `messages.3.content` */
  path: string;
  blocks: Block[];
}

/** Gives the messages back. Throws `ValidationError`. */
export function checkConversation(messages: unknown): JsonObject[] {
  const list = messages === undefined || messages === null ? [] : requireList(messages, "messages");
  const roles = list.map((message, index) => roleOf(requireObject(message, `messages.${index}`), index));
  checkRoles(roles);
  const turns = list.map((message, index) => readTurn(message as JsonObject, roles[index]!, index));
  checkTools(turns);
  checkDocuments(turns);
  return list as JsonObject[];
}

/** Whether it has blocks that `toolConfig` must explain. */
export function usesTools(messages: JsonObject[]): boolean {
  const blocks = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return blocks.some(
    (block) => isObject(block) && (block["toolUse"] ?? block["toolResult"] ?? null) !== null,
  );
}

function roleOf({ role }: JsonObject, index: number): Turn["role"] {
  if (role === "user" || role === "assistant" || role === "system") return role;
  throw wrongFormat(`messages.${index}.role`, "one of user, assistant, system");
}

function checkRoles(roles: Turn["role"][]): void {
  // Instructions in mid-conversation are nobody's turn.
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
    return { kind, content: isObject(value) ? value : {} };
  });
  return { role, path, blocks };
}

/** What an assistant asked for the next turn answers, all of it and nothing else. */
function checkTools(turns: Turn[]): void {
  const speakers = turns.filter(({ role }) => role !== "system");
  let asked: string[] = [];
  for (const turn of speakers) {
    const { role, path, blocks } = turn;
    const uses = idsOf(blocks, "toolUse");
    const results = idsOf(blocks, "toolResult");
    refuseDuplicates(uses, "toolUse", path);
    refuseDuplicates(results, "toolResult", path);
    if (role === "user") {
      if (uses.length > 0)
        throw new ValidationError(`The content at ${path} has toolUse blocks in a user turn.`);
      checkResults(results, asked, path);
      asked = [];
    } else {
      // What a system tool found stands in the same turn, and nobody else answers for it.
      const own = idsOf(blocks.filter(isServerTool), "toolUse");
      checkCount(
        results.filter((id) => !own.includes(id)),
        [],
        path,
      );
      asked = uses.filter((id) => !own.includes(id));
    }
  }
  if (asked.length > 0) checkResults([], asked, `messages.${turns.length}.content`);
}

function checkResults(results: string[], asked: string[], path: string): void {
  checkCount(results, asked, path);
  const missing = asked.filter((id) => !results.includes(id));
  if (missing.length === 0) return;
  throw new ValidationError(
    `Expected toolResult blocks at ${path} for the following Ids: ${missing.join(", ")}`,
  );
}

function checkCount(results: string[], asked: string[], path: string): void {
  if (results.length <= asked.length) return;
  throw new ValidationError(
    `The number of toolResult blocks at ${path} exceeds the number of toolUse blocks of previous turn.`,
  );
}

function refuseDuplicates(ids: string[], kind: string, path: string): void {
  const id = ids.find((each, index) => ids.indexOf(each) < index);
  if (id === undefined) return;
  throw new ValidationError(`The ${kind} blocks at ${path} contain duplicate Ids: ${id}`);
}

function idsOf(blocks: Block[], kind: "toolUse" | "toolResult"): string[] {
  return blocks.filter((block) => block.kind === kind).map(({ content }) => String(content["toolUseId"]));
}

function isServerTool({ content }: Block): boolean {
  return content["type"] === "server_tool_use";
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

/** Those of tool results count as well: https://github.com/anomalyco/opencode/pull/48756. */
function documentsOf({ kind, content }: Block): string[] {
  const candidates = kind === "toolResult" ? (content["content"] as JsonObject[]) : [{ [kind]: content }];
  return candidates.flatMap((candidate) => nameOfDocument(candidate) ?? []);
}
