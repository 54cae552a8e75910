// The code that only a request with a schema or tools needs, as one module that loads late.
export { createPartialJson } from "./partial-json.ts";
export { structuredResult } from "./structured-result.ts";
export { toServiceRequest } from "./structured-request.ts";
