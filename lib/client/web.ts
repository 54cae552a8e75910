// The client for browsers, Bun and Workers: the same names as in `index.ts`, whose types apply to both.
export * from "./exports.ts";
export { createClient } from "./web/create-client.ts";
