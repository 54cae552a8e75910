// The code that most calls do not need, in one module that is loaded on demand. With several such modules, bundlers
// would move the code that these share with the rest of the client into further files, and every page would load those
// files.
export { listModels } from "./list-models.ts";
export { cancelAnswer } from "./resume/cancel-answer.ts";
export { openResumable } from "./resume/resumable-answer.ts";
export { pullFrom, responseOf } from "./pass-on/passed-on-answer.ts";
export { readObjects } from "./structured/read-objects.ts";
export { toServiceRequest } from "./structured/structured-request.ts";
export { structuredResult } from "./structured/structured-result.ts";
