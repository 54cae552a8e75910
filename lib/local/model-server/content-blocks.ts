// The content blocks of one answer: pieces of reasoning, text and tool calls become blocks that follow each other.
import { delta, event, newToolUseId, toolUseIdForm, type Step } from "../bedrock/index.ts";
import type { ToolCallPiece } from "./read-chunks.ts";
import { brokenStream } from "./server-failure.ts";

type OpenBlock =
  { kind: "text" | "reasoning" } | { kind: "tool"; index: number; id: string; isEmpty: boolean };

export class ContentBlocks {
  hasToolUse = false;
  /** Everything that was generated, for an estimate of the output tokens. */
  text = "";
  #index = -1;
  #open: OpenBlock | undefined;
  readonly #toolIndexes = new Set<number>();

  *add(kind: "text" | "reasoning", text: string): Generator<Step> {
    if (text === "") return;
    if (this.#open?.kind !== kind) yield* this.#begin({ kind });
    this.text += text;
    yield delta(this.#index, kind === "text" ? { text } : { reasoningContent: { text } });
  }

  /** Continues the open call, or begins the next one. The first piece of a call has to contain the tool's name. */
  *addToolCall({ index: given, id, function: call }: ToolCallPiece): Generator<Step> {
    const open = this.#open?.kind === "tool" ? this.#open : undefined;
    const index = given ?? open?.index ?? 0;
    // Some versions of Ollama give every call the index 0 and its own id, so a new id begins another call. Other servers repeat
    // name and id in each piece, so the same id continues the call.
    const isOther = Boolean(call?.name && id) && id !== open?.id;
    if (open?.index !== index || isOther) yield* this.#beginToolCall(index, id ?? "", call?.name ?? "");
    const { arguments: input } = call ?? {};
    const fragment = typeof input === "string" ? input : input ? JSON.stringify(input) : "";
    if (fragment === "") return;
    if (this.#open?.kind === "tool") this.#open.isEmpty = false;
    this.text += fragment;
    yield delta(this.#index, { toolUse: { input: fragment } });
  }

  /** Ends the open block. */
  *close(): Generator<Step> {
    if (!this.#open) return;
    // A call without arguments gets an empty object, because clients cannot parse an empty text.
    if (this.#open.kind === "tool" && this.#open.isEmpty)
      yield delta(this.#index, { toolUse: { input: "{}" } });
    this.#open = undefined;
    yield event("contentBlockStop", { contentBlockIndex: this.#index });
  }

  *#begin(block: OpenBlock): Generator<Step> {
    yield* this.close();
    this.#open = block;
    this.#index++;
  }

  *#beginToolCall(index: number, id: string, name: string): Generator<Step> {
    // A piece without a name can only continue an earlier call, but a block that has ended cannot be continued.
    if (name === "") {
      throw brokenStream(
        this.#toolIndexes.has(index)
          ? "a tool call continues after the next one has begun"
          : "a tool call has no name",
      );
    }
    yield* this.#begin({ kind: "tool", index, id, isEmpty: true });
    this.#toolIndexes.add(index);
    this.hasToolUse = true;
    this.text += name;
    // The caller sends the id back, and Bedrock does not accept every id.
    const toolUseId = toolUseIdForm.test(id) ? id : newToolUseId();
    yield event("contentBlockStart", {
      contentBlockIndex: this.#index,
      start: { toolUse: { toolUseId, name } },
    });
  }
}
