// Translates tool calls, their results, and the model's reasoning.
import { isPresent } from "../bedrock/index.ts";
import { untranslatable } from "./untranslatable.ts";
import type { ContentBlock, JsonObject, ToolResultBlock } from "../../wire.ts";

export function toolCalls(content: readonly ContentBlock[]): JsonObject[] {
  return content.flatMap(({ toolUse }) => {
    if (!toolUse) return [];
    const { toolUseId, name, input } = toolUse;
    return [{ id: toolUseId, type: "function", function: { name, arguments: JSON.stringify(input) } }];
  });
}

/** Throws `ValidationError` for a result that is not text or JSON. */
export function toolMessages(content: readonly ContentBlock[], path: string): JsonObject[] {
  return content.flatMap(({ toolResult }, index) =>
    toolResult ? [toolMessage(toolResult, `${path}.${index}.toolResult`)] : [],
  );
}

/** The model's own reasoning. Throws `ValidationError` for reasoning that only Bedrock can read. */
export function reasoningOf(content: readonly ContentBlock[], path: string): string {
  const texts = content.map(({ reasoningContent }, index) => {
    if (!isPresent(reasoningContent?.redactedContent)) return reasoningContent?.reasoningText?.text ?? "";
    throw untranslatable(`${path}.${index}.reasoningContent.redactedContent`);
  });
  return texts.join("");
}

function toolMessage({ toolUseId, content, status }: ToolResultBlock, path: string): JsonObject {
  const texts = content.map((block, index) => {
    if (isPresent(block.text)) return block.text!;
    if (isPresent(block.json)) return JSON.stringify(block.json);
    const kind = Object.keys(block).find((key) => isPresent(block[key as keyof typeof block]));
    throw untranslatable(`${path}.content.${index}.${kind}`);
  });
  // The API has no status for a tool result, so the text has to express that the tool failed.
  const text = `${status === "error" ? "Error: " : ""}${texts.join("\n")}`;
  return { role: "tool", tool_call_id: toolUseId, content: text };
}
