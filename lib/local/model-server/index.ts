// The parts of the model server's room that other folders use.
export { ModelServerError } from "./model-server.ts";
export type { ModelServer } from "./model-server.ts";
export { findServedModels } from "./find-served-models.ts";
