// Builds the assistant's message from the events of a stream.
import type { ContentBlock, Line, Message } from "../wire.ts";
import { type BlockBuilder, createBlockBuilder } from "./content-block.ts";

export interface MessageBuilder {
  add(event: Line): void;
  /** All blocks so far, including those that Bedrock does not accept in a request. */
  build(): Message;
}

interface Block {
  index: number;
  /** Starts at 0. If an index that was stopped in this round is used again, all blocks from then on are in the next one. */
  round: number;
  builder: BlockBuilder;
}

/**
 * Blocks are in the order of `contentBlockIndex`. If an index is used again after its `contentBlockStop`, a new round of blocks
 * begins. Its blocks come after those of earlier rounds, and are in the order of `contentBlockIndex` too.
 *
 * Never throws, whatever an event contains: Bedrock introduces new events and deltas, and the message leaves out those
 * that this version does not know.
 */
export function createMessageBuilder(): MessageBuilder {
  let role: Message["role"] = "assistant";
  let round = 0;
  const blocks: Block[] = [];
  const open = new Map<number, Block>();
  const stopped = new Set<number>();

  function add(event: Line): void {
    if (event.type === "messageStart" && event.role === "user") role = event.role;
    if (event.type === "contentBlockStart") blockAt(event.contentBlockIndex).start(event.start);
    if (event.type === "contentBlockDelta") blockAt(event.contentBlockIndex).add(event.delta);
    if (event.type === "contentBlockStop") stop(event.contentBlockIndex);
  }

  function blockAt(index: number): BlockBuilder {
    const block = open.get(index) ?? begin(index);
    return block.builder;
  }

  function begin(index: number): Block {
    if (stopped.has(index)) {
      round += 1;
      stopped.clear();
    }
    const block = { index, round, builder: createBlockBuilder() };
    open.set(index, block);
    blocks.push(block);
    return block;
  }

  function stop(index: number): void {
    if (open.delete(index)) stopped.add(index);
  }

  function build(): Message {
    const ordered = blocks.toSorted((one, other) => one.round - other.round || one.index - other.index);
    return { role, content: ordered.flatMap(({ builder }) => builder.build()) };
  }

  return { add, build };
}

/** The names of the tools whose input is not a JSON object. Their `input` is still a string. */
export function toolsWithoutInput(content: ContentBlock[]): string[] {
  return content.flatMap(({ toolUse }) =>
    toolUse && typeof toolUse.input === "string" ? [toolUse.name] : [],
  );
}

/** The text of all blocks, including text with citations, as `textStream()` gives it. "" if there is none. */
export function textOf(content: ContentBlock[]): string {
  return content
    .flatMap(
      ({ text, citationsContent }) => text ?? citationsContent?.content?.map((each) => each.text) ?? [],
    )
    .join("");
}

/** The reasoning of all blocks, without redacted reasoning. Undefined if there is none. */
export function reasoningTextOf(content: ContentBlock[]): string | undefined {
  const texts = content.flatMap(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? []);
  return texts.length === 0 ? undefined : texts.join("");
}
