// The parts of the local Bedrock that other folders use.
export { verifyFor } from "./check-signature.ts";
export { modelsSetting } from "./known-models.ts";
export { modelIdForm } from "./model-id.ts";
export { eventFrame } from "./frames.ts";
export { errorStatuses } from "./own-answers/answer-form.ts";
export { AnswersError } from "./own-answers/check-answers.ts";
export { readAnswers } from "./own-answers/read-answers.ts";
export { estimateTokens } from "./read-conversation.ts";
export { delta, ending, errorResponse, event, exception, newToolUseId, pause } from "./script.ts";
export type { ScriptedModel, ScriptedRequest, Step } from "./script.ts";
export { scriptedModels } from "./scripted-models.ts";
export { startBedrock, type BedrockOptions, type LocalBedrock } from "./start-bedrock.ts";
export { contentBlocks, type BlockKind } from "./validation/check-content-block.ts";
export { toolUseIdForm } from "./validation/constraints.ts";
export { isPresent, ValidationError } from "./validation/validation-error.ts";
