// Lets TypeScript programs send kinds of content that Bedrock introduced after this version.
import type { ContentBlockKinds, Json, UnknownContentBlock } from "../wire.ts";

/**
 * Lets you send a content block of a kind that this version does not know. Returns the block unchanged; only its type
 * differs. Known kinds do not compile here: write them without this function, so that the compiler checks them.
 *
 * @example
 * const content = [{ text: "What does this show?" }, unknownContentBlock({ hologram: { format: "cube" } })];
 * history.push({ role: "user", content });
 */
export function unknownContentBlock(
  block: { [Kind in keyof ContentBlockKinds]?: never } & { [kind: string]: Json },
): UnknownContentBlock {
  return block as unknown as UnknownContentBlock;
}
