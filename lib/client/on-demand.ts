// The code that most calls do not need, as one module that is loaded on demand. Separate modules would be smaller, but what they
// share with the rest would be split into more files, which every page loads at once.
export { listModels } from "./list-models.ts";
export { pullFrom, responseOf } from "./pass-on/passed-on-answer.ts";
export { readObjects } from "./structured/read-objects.ts";
export { toServiceRequest } from "./structured/structured-request.ts";
export { structuredResult } from "./structured/structured-result.ts";
