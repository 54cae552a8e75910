// Takes the place of index.ts in the bundle of a service without the answer store.
import type * as Store from "./index.ts";

export const storeVariables: typeof Store.storeVariables = [];

export const connectAnswerStore: typeof Store.connectAnswerStore = ({ answerRetention }) => {
  if (answerRetention === undefined) return undefined;
  throw new Error(
    "Cannot start: DELTAPIPE_ANSWER_RETENTION_MINUTES is set, but the bundle was built without the answer store; deploy with the parameter answerRetentionMinutes",
  );
};
