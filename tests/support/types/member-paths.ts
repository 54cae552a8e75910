// Turns a type into the union of the paths to all its members, so that two types can be compared member by member.

/**
 * A path looks like `.messages?[].content[].image.format="png"`: a member has a "?" if it may be left out, and "*" as its
 * name if any name is allowed. Bytes count as a string, because they are base64 on the wire. A union's members that are
 * in `Ignored` are left out.
 */
export type MemberPaths<Type, Ignored = never, Before extends string = ""> = [Type] extends [never]
  ? never
  : IsJson<Exclude<Type, undefined>> extends true
    ? `${Before}=json`
    : PathsOfEach<Type, Ignored, Before>;

/** Handles each member of a union separately. */
type PathsOfEach<Type, Ignored, Before extends string> = Type extends undefined | Ignored
  ? never
  : Type extends Uint8Array
    ? `${Before}=string`
    : Type extends readonly (infer Item)[]
      ? MemberPaths<Item, Ignored, `${Before}[]`>
      : Type extends string | number | boolean
        ? `${Before}=${Leaf<Type>}`
        : PathsOfObject<Type, Ignored, Before>;

type PathsOfObject<Type, Ignored, Before extends string> = {
  [Name in keyof Type & string]-?: [Exclude<Type[Name], undefined>] extends [never]
    ? never
    : | `${Before}.${Step<Type, Name>}`
      | MemberPaths<Exclude<Type[Name], undefined>, Ignored, `${Before}.${Step<Type, Name>}`>;
}[keyof Type & string];

type Step<Type, Name extends keyof Type & string> = string extends Name
  ? "*"
  : `${Name}${Record<never, never> extends Pick<Type, Name> ? "?" : ""}`;

type Leaf<Value> = Value extends string
  ? string extends Value
    ? "string"
    : `"${Value}"`
  : Value extends number
    ? "number"
    : "boolean";

/** Whether a type is a JSON value, or an object whose members are JSON values. Only these types allow null. */
type IsJson<Type> = null extends Type
  ? true
  : [Type] extends [{ [member: string]: unknown }]
    ? string extends keyof Type
      ? null extends Type[keyof Type]
        ? true
        : false
      : false
    : false;
