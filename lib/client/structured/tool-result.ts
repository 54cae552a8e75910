// Makes the block that returns a tool's result to the model.
import type { ContentBlock, JsonObject, ToolResultContentBlock } from "../../wire.ts";
import { isObject } from "../../shared/json-object.ts";
import { SchemaMismatchError } from "./schema-mismatch-error.ts";
import type { ToolCall } from "./tool-call.ts";

/**
 * Makes the block with the result of a tool call. Put one such block for each call into the user's message that follows the
 * assistant's message. An object is sent as JSON, and a string as text. An Error is sent as its message
 * (or, for a {@link SchemaMismatchError}, the messages of its issues), with the status `error`. Any other value is sent as
 * text that contains JSON, because Bedrock accepts only objects as JSON.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultBlock.html
 *
 * Throws a TypeError if the value cannot be written as JSON.
 *
 * @example
 * const { message, toolCalls } = await stream.result();
 * if (message) history.push(message);
 * history.push({ role: "user", content: toolCalls.map((call) => toolResult(call, { celsius: 7 })) });
 */
export function toolResult({ toolUseId }: Pick<ToolCall, "toolUseId">, output: unknown): ContentBlock {
  if (output instanceof Error) {
    return { toolResult: { toolUseId, content: [{ text: textOf(output) }], status: "error" } };
  }
  return { toolResult: { toolUseId, content: contentOf(output) } };
}

/** Bedrock rejects an error without text. */
function textOf(error: Error): string {
  const messages = error instanceof SchemaMismatchError ? error.issues.map(({ message }) => message) : [];
  return messages.join("\n").trim() || error.message.trim() || error.name;
}

function contentOf(output: unknown): ToolResultContentBlock[] {
  // Bedrock rejects text that is only white space, and accepts a result without content.
  if (output === undefined || (typeof output === "string" && output.trim() === "")) return [];
  if (typeof output === "string") return [{ text: output }];
  const text = JSON.stringify(output) as string | undefined;
  if (text === undefined)
    throw new TypeError("Cannot use this tool result: JSON cannot contain it; give another value");
  return isObject(JSON.parse(text)) ? [{ json: JSON.parse(text) as JsonObject }] : [{ text }];
}
