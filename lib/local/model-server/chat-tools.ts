// Translates the tools of a request to functions of the chat completions API.
// https://platform.openai.com/docs/api-reference/chat/create#chat_create-tools
import { isPresent } from "../bedrock/index.ts";
import { untranslatable } from "./untranslatable.ts";
import type { JsonObject, Tool, ToolChoice, ToolConfiguration } from "../../wire.ts";

/** Throws `ValidationError` for a tool that has no counterpart. */
export function chatTools({ tools, toolChoice }: ToolConfiguration): JsonObject {
  return {
    tools: tools.flatMap(chatTool),
    ...(toolChoice && { tool_choice: chatToolChoice(toolChoice) }),
  };
}

function chatTool({ toolSpec, systemTool }: Tool, index: number): JsonObject[] {
  if (isPresent(systemTool)) throw untranslatable(`toolConfig.tools.${index}.systemTool`);
  // Only a cache point is left. It is not sent, because local servers cache the beginning of a prompt by themselves.
  if (!toolSpec) return [];
  const { name, description, inputSchema, strict } = toolSpec;
  const definition = {
    name,
    ...(isPresent(description) && { description: description! }),
    parameters: inputSchema.json,
    ...(isPresent(strict) && { strict: strict! }),
  };
  return [{ type: "function", function: definition }];
}

function chatToolChoice({ any, tool }: ToolChoice): JsonObject | string {
  if (tool) return { type: "function", function: { name: tool.name } };
  return any ? "required" : "auto";
}
