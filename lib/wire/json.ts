// Types of JSON values, and helper types for the unions and the extensible enumerations in AWS's API.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object. A member that is `undefined` is left out when the object is written as JSON. */
export type JsonObject = { [member: string]: Json | undefined };

/**
 * Objects with exactly one of these members, as in AWS's unions. The other members can be read, and are
 * `undefined`. https://smithy.io/2.0/spec/aggregate-types.html#union
 */
export type OneOf<Members> = {
  [Name in keyof Members]: { [Set in Name]: Members[Set] } & {
    [Other in Exclude<keyof Members, Name>]?: undefined;
  };
}[keyof Members];

/** A string with known values, which an editor suggests. Other values are allowed, because AWS adds new ones. */
export type Open<Known extends string> = Known | (string & {});
