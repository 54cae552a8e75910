// Shows the content blocks of one answer while they arrive.
import type { ContentBlockDelta, ContentBlockStart, Line } from "../wire.ts";
import { type BlockView, createBlockView } from "./block-view.ts";
import { create } from "./elements.ts";

export interface AnswerView {
  readonly element: HTMLElement;
  add(line: Line): void;
  /** Shows what has arrived since the last call. */
  flush(): void;
  /** The results that the user wrote into the cards of tool calls, by the ids of the calls. */
  toolResults(): Map<string, string>;
}

export function createAnswerView(): AnswerView {
  const element = create("div", { class: "blocks" });
  const open = new Map<number, BlockView>();
  const all: BlockView[] = [];

  function blockAt(index: number, start?: ContentBlockStart): BlockView {
    const found = open.get(index);
    if (found) return found;
    const block = createBlockView(element, start);
    open.set(index, block);
    all.push(block);
    return block;
  }

  function add(line: Line): void {
    if (line.type === "contentBlockStart") blockAt(line.contentBlockIndex, line.start);
    if (line.type === "contentBlockDelta")
      blockAt(line.contentBlockIndex).add(line.delta as ContentBlockDelta);
    if (line.type === "contentBlockStop") {
      open.get(line.contentBlockIndex)?.stop();
      open.delete(line.contentBlockIndex);
    }
  }

  function flush(): void {
    for (const block of all) block.flush();
  }

  function toolResults(): Map<string, string> {
    return new Map(all.flatMap((block) => block.toolResult() ?? []).map(({ id, text }) => [id, text]));
  }

  return { element, add, flush, toolResults };
}
