// The code that only a request with a schema or tools needs, as one module that is loaded on demand.
export { createPartialJson } from "./partial-json.ts";
export { structuredResult } from "./structured-result.ts";
export { toServiceRequest } from "./structured-request.ts";
