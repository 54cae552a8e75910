// Puts the assistant's message together from the events of a stream.
import type { ContentBlock, Line, Message } from "../wire.ts";
import { type BlockBuilder, createBlockBuilder } from "./content-block.ts";

export interface MessageBuilder {
  add(event: Line): void;
  /** The message so far, its blocks in the order of `contentBlockIndex`. */
  build(): Message;
}

/**
 * Never throws on what an event holds: Bedrock adds kinds of events and deltas, and those that this version does not
 * know are left out of the message.
 */
export function createMessageBuilder(): MessageBuilder {
  let role: Message["role"] = "assistant";
  const blocks = new Map<number, BlockBuilder>();

  function add(event: Line): void {
    if (event.type === "messageStart" && event.role === "user") role = event.role;
    if (event.type === "contentBlockStart") blockAt(event.contentBlockIndex).start(event.start);
    if (event.type === "contentBlockDelta") blockAt(event.contentBlockIndex).add(event.delta);
  }

  function blockAt(index: number): BlockBuilder {
    const block = blocks.get(index) ?? createBlockBuilder();
    blocks.set(index, block);
    return block;
  }

  function build(): Message {
    const ordered = [...blocks].toSorted(([one], [other]) => one - other);
    return { role, content: ordered.flatMap(([, block]) => block.build()) };
  }

  return { add, build };
}

/** The names of the tools whose input is not whole: it stays the text that arrived. */
export function toolsWithoutInput(content: ContentBlock[]): string[] {
  return content.flatMap(({ toolUse }) =>
    toolUse && typeof toolUse.input === "string" ? [toolUse.name] : [],
  );
}
