// The parts of the local Lambda that other folders use.
export { createLambda, type Lambda } from "./create-lambda.ts";
export { createEventQueue } from "./event-queue.ts";
export { ExecutionEnvironment } from "./execution-environment.ts";
export { startInvokeApi } from "./invoke-api.ts";
