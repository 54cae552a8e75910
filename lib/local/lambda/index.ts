// The parts of the local Lambda that other folders use.
export { createLambda, type Lambda } from "./create-lambda.ts";
export { ExecutionEnvironment } from "./execution-environment.ts";
