// The code that most calls do not need, as one module that is loaded on demand. It is not several modules, because bundlers would
// then split the code that these modules share with the rest of the client into more files, and every page would load those.
export { listModels } from "./list-models.ts";
export { pullFrom, responseOf } from "./pass-on/passed-on-answer.ts";
export { readObjects } from "./structured/read-objects.ts";
export { toServiceRequest } from "./structured/structured-request.ts";
export { structuredResult } from "./structured/structured-result.ts";
