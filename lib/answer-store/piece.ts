// A piece of a kept answer: some of its bytes, compressed, and whether they end within a line or end the answer.
import type { AttributeValue, Item } from "./call-table.ts";

export interface Piece {
  /** The bytes that were sent, compressed with gzip. */
  compressed: Buffer;
  /** The bytes end within a line, which goes on in the next piece. */
  isPartial: boolean;
  /** The answer ends with these bytes. */
  isLast: boolean;
  /**
   * A follower has written this piece to end the answer, because the invocation that answered was stopped. Readers drop an
   * incomplete line before it.
   */
  isRepair: boolean;
}

/** The sort key of a piece. */
export function partOf(run: string, index: number): string {
  return `${run}#${String(index).padStart(6, "0")}`;
}

/** The attributes besides the item's primary key and its time of expiry. */
export function attributesOf({ compressed, isPartial, isLast, isRepair }: Piece): Item {
  return {
    bytes: { B: compressed.toString("base64") },
    ...(isPartial && { partial: { BOOL: true } }),
    ...(isLast && { last: { BOOL: true } }),
    ...(isRepair && { repair: { BOOL: true } }),
  };
}

export function pieceIn({ bytes, partial, last, repair }: Item): Piece {
  return {
    compressed: Buffer.from(bytesIn(bytes), "base64"),
    isPartial: isTrue(partial),
    isLast: isTrue(last),
    isRepair: isTrue(repair),
  };
}

/** Whether two items are the same piece, written by the same invocation. */
export function isSamePiece(item: Item, other: Item): boolean {
  return (
    bytesIn(item["bytes"]) === bytesIn(other["bytes"]) && isTrue(item["repair"]) === isTrue(other["repair"])
  );
}

function bytesIn(value: AttributeValue | undefined): string {
  return value && "B" in value ? value.B : "";
}

export function isTrue(value: AttributeValue | undefined): boolean {
  return value !== undefined && "BOOL" in value && value.BOOL;
}
