// Checks a complete answer against the schema and the tools of its request.
import type { ConverseResult } from "../converse-event.ts";
import { SchemaMismatchError } from "./schema-mismatch-error.ts";
import { type Schema, validate } from "./schema.ts";
import type { ToolCall } from "./tool-call.ts";
import type { Structure, ToolDefinitions } from "./tools.ts";

/** Adds the object to the result, and replaces the inputs of tool calls by validated ones. Throws {@link SchemaMismatchError}. */
export async function structuredResult(
  result: ConverseResult,
  { schema, tools }: Structure,
): Promise<ConverseResult & { object?: unknown }> {
  const toolCalls: ToolCall[] = [];
  for (const call of result.toolCalls) toolCalls.push(tools ? await validCall(call, tools, result) : call);
  if (!schema) return { ...result, toolCalls };
  // The model waits for the results of its tool calls, and writes the object in a later turn.
  if (tools && toolCalls.length > 0) return { ...result, toolCalls, object: undefined };
  return { ...result, toolCalls, object: await validObject(schema, result) };
}

async function validCall(call: ToolCall, tools: ToolDefinitions, result: ConverseResult): Promise<ToolCall> {
  const { name, toolUseId } = call;
  const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
  if (!tool) {
    throw new SchemaMismatchError(
      "Cannot use one of the answer's tool calls: it names a tool that the request does not define; ask again",
      { code: "ToolUnknown", result, toolUseId },
    );
  }
  const { issues, ...valid } = await validate(tool.inputSchema, call.input);
  if (issues) {
    throw new SchemaMismatchError(
      `Cannot use a call of the tool ${name}: its input does not fit the schema in ${counted(issues.length)};` +
        " return the issues to the model as an error, or ask again",
      { code: "ToolInputInvalid", result, issues, toolUseId },
    );
  }
  return { ...call, input: (valid as { value: ToolCall["input"] }).value };
}

async function validObject(schema: Schema, result: ConverseResult): Promise<unknown> {
  const { issues, ...valid } = await validate(schema, parse(result));
  if (!issues) return (valid as { value: unknown }).value;
  throw new SchemaMismatchError(
    `Cannot use the answer as an object: it does not fit the schema in ${counted(issues.length)};` +
      " see issues, and ask again",
    { code: "SchemaMismatch", result, issues },
  );
}

function parse(result: ConverseResult): unknown {
  try {
    return JSON.parse(result.text);
  } catch {
    const { stopReason } = result;
    const isCut = stopReason === "max_tokens" || stopReason === "model_context_window_exceeded";
    throw new SchemaMismatchError(
      isCut
        ? `Cannot use the answer as an object: it was cut (stop reason ${stopReason}); raise inferenceConfig.maxTokens`
        : `Cannot use the answer as an object: its text is not JSON (stop reason ${stopReason});` +
            " use a model that supports structured outputs, and check the guardrail if there is one",
      { code: isCut ? "AnswerCut" : "NotJson", result },
    );
  }
}

function counted(issues: number): string {
  return issues === 1 ? "one place" : `${issues} places`;
}
