// A model's tool calls, with the types of their inputs.
import type { ContentBlock, JsonObject } from "../../wire.ts";
import type { StandardSchema } from "./schema.ts";

/**
 * A tool call made by the model.
 *
 * @example
 * const { toolCalls } = await stream.result();
 * for (const { name, toolUseId, input } of toolCalls) console.error(name, toolUseId, input);
 */
export interface ToolCall<Name extends string = string, Input = JsonObject> {
  name: Name;
  toolUseId: string;
  input: Input;
}

/** The type of the calls that a request's tools allow: a union with one member for each tool, with the type of its input. */
export type ToolCallOf<Definitions> = string extends keyof Definitions
  ? ToolCall
  : { [Name in keyof Definitions & string]: ToolCall<Name, InputOf<Definitions[Name]>> }[keyof Definitions &
      string];

type InputOf<Definition> = Definition extends { inputSchema: StandardSchema<any, infer Output> }
  ? Output
  : JsonObject;

/** The tool calls that the caller has to run. Bedrock itself runs those of the type `server_tool_use`. */
export function toolCallsOf(content: ContentBlock[]): ToolCall[] {
  return content.flatMap(({ toolUse }) =>
    toolUse && toolUse.type !== "server_tool_use"
      ? [{ name: toolUse.name, toolUseId: toolUse.toolUseId, input: toolUse.input as JsonObject }]
      : [],
  );
}
