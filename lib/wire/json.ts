// JSON values, and the two forms of union that AWS's shapes have.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object. A member that is `undefined` is left out when the object is written as JSON. */
export type JsonObject = { [member: string]: Json | undefined };

/**
 * Objects with exactly one of these members, as AWS writes its unions. The other members can be read, and are
 * `undefined`. https://smithy.io/2.0/spec/aggregate-types.html#union
 */
export type OneOf<Members> = {
  [Name in keyof Members]: { [Set in Name]: Members[Set] } & {
    [Other in Exclude<keyof Members, Name>]?: undefined;
  };
}[keyof Members];

/** Known values of a string that gains new ones, so that an editor proposes them. */
export type Open<Known extends string> = Known | (string & {});
