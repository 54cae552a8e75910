// The type of an object that has arrived only in part.

/**
 * A value of the type `T` while it arrives: each member may be missing, lists may be shorter, and a string may be
 * incomplete, so a union of strings becomes `string`.
 *
 * @example
 * const part: PartialObject<{ title: string; mood: "calm" | "wild" }> = { mood: "ca" };
 */
export type PartialObject<T> = T extends string
  ? string
  : T extends readonly (infer Item)[]
    ? PartialObject<Item>[]
    : T extends object
      ? { [Key in keyof T]?: PartialObject<T[Key]> }
      : T;
