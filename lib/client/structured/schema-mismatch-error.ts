// The error for an answer that is complete but does not fit its schema.
import type { ConverseResult } from "../converse-event.ts";
import { markErrorClass } from "../../signer/errors.ts";
import { IncompleteAnswerError } from "../errors.ts";
import type { SchemaIssue } from "./schema.ts";

/**
 * The answer is complete, but its text does not fit the request's schema, or a tool call does not fit its tool's schema.
 * `code` is the reason:
 *
 * - `AnswerCut`: the text is incomplete JSON, because `maxTokens` or the context window was too small.
 * - `NotJson`: the text is not JSON, for example a guardrail's message or prose. `result.stopReason` may explain why.
 * - `SchemaMismatch`: the text is JSON that does not fit; see `issues`.
 * - `ToolInputInvalid`: the input of the tool call `toolUseId` does not fit; see `issues`.
 * - `ToolUnknown`: the model calls a tool that the request does not define; see `toolUseId`.
 *
 * @example
 * if (error instanceof SchemaMismatchError) console.error(error.code, error.issues.length, error.result.usage);
 */
export class SchemaMismatchError extends IncompleteAnswerError {
  declare readonly name: "SchemaMismatchError";
  /** The schema library's own messages, which may quote the answer. Empty for the codes above that do not mention `issues`. */
  readonly issues: readonly SchemaIssue[];
  /** The complete answer as if the request had no schema, with `message`, `toolCalls`, `stopReason` and `usage`. */
  readonly result: ConverseResult;
  /** The id of the tool call that does not fit. Undefined if the text does not fit. */
  readonly toolUseId: string | undefined;
  static {
    markErrorClass(this, "SchemaMismatchError");
  }

  constructor(
    message: string,
    details: {
      code: "AnswerCut" | "NotJson" | "SchemaMismatch" | "ToolInputInvalid" | "ToolUnknown";
      result: ConverseResult;
      issues?: readonly SchemaIssue[] | undefined;
      toolUseId?: string | undefined;
    },
  ) {
    const { code, result, issues = [], toolUseId } = details;
    const partial = { role: "assistant", content: result.content } as const;
    super(message, { code, partial, requestId: result.requestId });
    this.issues = issues;
    this.result = result;
    this.toolUseId = toolUseId;
  }
}
