// The parts of the local Bedrock that other folders use.
export { verifyFor } from "./check-signature.ts";
export { modelsSetting } from "./known-models.ts";
export { modelIdForm } from "./model-id.ts";
export { eventFrame } from "./frames.ts";
export { AnswersError } from "./own-answers/check-answers.ts";
export { readAnswers } from "./own-answers/read-answers.ts";
export { delta, ending, event, pause } from "./script.ts";
export type { ScriptedModel, ScriptedRequest, Step } from "./script.ts";
export { scriptedModels } from "./scripted-models.ts";
export { startBedrock, type BedrockOptions, type LocalBedrock } from "./start-bedrock.ts";
