// The parts of `model-server/` that other folders use.
export { ModelServerError } from "./model-server.ts";
export type { ModelServer } from "./model-server.ts";
export { findServedModels } from "./find-served-models.ts";
