// Checks the tool results of a turn: one for each tool request of the turn before, and no others.
// https://docs.aws.amazon.com/bedrock/latest/userguide/tool-use-inference-call.html
import type { BlockKind } from "./check-content-block.ts";
import { ValidationError } from "./validation-error.ts";
import type { JsonObject } from "../../../wire.ts";

export interface Block {
  kind: BlockKind;
  content: JsonObject;
}

export interface Turn {
  role: "user" | "assistant" | "system";
  /** The place of the turn's content in the request, such as `messages.3.content`. */
  path: string;
  blocks: Block[];
}

/** Throws `ValidationError`. */
export function checkToolTurns(turns: Turn[]): void {
  const speakers = turns.filter(({ role }) => role !== "system");
  let requested: string[] = [];
  for (const turn of speakers) {
    const { role, path, blocks } = turn;
    const uses = idsOf(blocks, "toolUse");
    const results = idsOf(blocks, "toolResult");
    checkDuplicates(uses, "toolUse", path);
    checkDuplicates(results, "toolResult", path);
    if (role === "user") {
      if (uses.length > 0)
        throw new ValidationError(`The content at ${path} has toolUse blocks in a user turn.`);
      checkResults(results, requested, path);
      requested = [];
    } else {
      // Bedrock runs server tools itself: their results are in the same turn, and none is expected from the user.
      const own = idsOf(blocks.filter(isServerTool), "toolUse");
      checkCount(
        results.filter((id) => !own.includes(id)),
        [],
        path,
      );
      requested = uses.filter((id) => !own.includes(id));
    }
  }
  if (requested.length > 0) checkResults([], requested, `messages.${turns.length}.content`);
}

function checkResults(results: string[], requested: string[], path: string): void {
  checkCount(results, requested, path);
  const missing = requested.filter((id) => !results.includes(id));
  if (missing.length === 0) return;
  throw new ValidationError(
    `Expected toolResult blocks at ${path} for the following Ids: ${missing.join(", ")}`,
  );
}

function checkCount(results: string[], requested: string[], path: string): void {
  if (results.length <= requested.length) return;
  throw new ValidationError(
    `The number of toolResult blocks at ${path} exceeds the number of toolUse blocks of previous turn.`,
  );
}

function checkDuplicates(ids: string[], kind: string, path: string): void {
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
