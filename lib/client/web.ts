// The client for browsers, Bun and Workers: the same names as `index.ts`, which declares the types.
export * from "./exports.ts";
export { createClient } from "./web/create-client.ts";
