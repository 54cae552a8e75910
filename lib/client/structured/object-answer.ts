// The types of an answer to a request with a schema.
import type { ConverseStream } from "../converse-stream.ts";
import type { ConverseResult } from "../converse-event.ts";
import type { PartialObject } from "./partial-object.ts";
import type { ToolCall } from "./tool-call.ts";

/**
 * The answer to a request with a `schema`: a {@link ConverseStream} that can also be read as an object.
 *
 * @example
 * const schema = { type: "object", properties: { title: { type: "string" } }, additionalProperties: false };
 * const answer = client.converse<{ title: string }>({ prompt: "A story about rain", schema });
 * for await (const { title } of answer.objectStream()) console.error(title ?? "…");
 * const { object } = await answer.result();
 */
export interface ObjectStream<
  Output = unknown,
  Part = PartialObject<Output>,
  Call = ToolCall,
> extends ConverseStream<Call> {
  /**
   * Yields the part of the object that has arrived, each time more of it arrives. Each value is a new object and is never
   * changed afterwards. These objects are not validated; `result()` gives the complete, validated one. Yields nothing if
   * the text is not JSON. Throws {@link ConfigurationError} if reading the answer has already begun.
   *
   * @example
   * for await (const part of objects.objectStream()) console.error(part);
   */
  objectStream(): AsyncIterableIterator<Part>;
  /**
   * The complete answer with its object, which the schema has validated and perhaps transformed. Rejects like the
   * result of any {@link ConverseStream}, and also with {@link SchemaMismatchError} if the text or a tool call does not
   * fit its schema.
   *
   * @example
   * const { object, usage } = await objects.result();
   */
  result(): Promise<ObjectResult<Output, Call>>;
}

/**
 * A complete answer with its object.
 *
 * @example
 * const { object, stopReason }: ObjectResult = await objects.result();
 */
export interface ObjectResult<Output = unknown, Call = ToolCall> extends ConverseResult<Call> {
  /** The schema's output. Undefined only if the request has `tools` and the model called one instead of answering. */
  object: Output;
}
