// The client on Node and Deno. `web.ts` is its counterpart for all other runtimes.
export * from "./exports.ts";
export { createClient } from "./node/create-client.ts";
