// The answer store: keeps answers in a DynamoDB table for a while, so that they can be resumed and cancelled.
//
// A bundle for a service without it contains none.ts in place of this file (lib/deployment/esbuild.cjs).
import type { Configuration } from "../stream/settings/configuration.ts";
import type { Variables } from "../stream/bedrock/endpoint.ts";
import { answerWithKey, type Answered, type KeyedAnswer } from "./answer-with-key.ts";
import { cancelAnswer } from "./cancel-answer.ts";
import { connectTable } from "./call-table.ts";
import { defaultPace, type Pace } from "./pace.ts";
import { readKeyedRequest, readKeyHeader, type KeyedRequest } from "./request-key.ts";
import { AnswerTable } from "./table.ts";

export type { KeyedRequest };

const tableVariable = "DELTAPIPE_ANSWER_TABLE";

/** Variables of the function that `connectAnswerStore` reads, besides the settings. */
export const storeVariables: readonly string[] = [tableVariable];

export interface AnswerStore {
  /**
   * Cuts the members that concern the key out of a request's body. `owner` is the caller's verified identity, if there is one.
   * Throws `ConverseError` InvalidRequest.
   */
  readRequest(text: string, owner: string | undefined): KeyedRequest;
  /** Reads the value of the header `idempotency-key`. Throws `ConverseError` InvalidRequest. */
  readHeader(value: string | undefined, owner: string | undefined): Pick<KeyedRequest, "keyed">;
  /** Rejects with `ConverseError` if the request fails before the first line. */
  answer(asked: KeyedAnswer): Promise<Answered>;
  /** Resolves with false if the answer has already ended. Rejects with `ConverseError`. */
  cancel(key: string, owner: string): Promise<boolean>;
}

/** Returns undefined if the setting is `none`. Opens the first connection. Throws an Error that names a wrong variable. */
export function connectAnswerStore(
  { answerRetention, times }: Pick<Configuration, "answerRetention" | "times">,
  variables: Variables = process.env,
  pace: Pace = defaultPace,
): AnswerStore | undefined {
  if (answerRetention === undefined) return undefined;
  const name = variables[tableVariable];
  if (!name)
    throw new Error(`Cannot start: ${tableVariable} is not set; set it to the name of the table of answers`);
  const table = new AnswerTable(connectTable(name, pace.attempt, times, variables), pace);
  const context = { table, pace, retentionMs: answerRetention };
  return {
    readRequest: readKeyedRequest,
    readHeader: readKeyHeader,
    answer: (asked) => answerWithKey(context, asked),
    cancel: (key, owner) => cancelAnswer(context, key, owner),
  };
}
