// The answer store: keeps answers in a DynamoDB table for a while, so that they can be resumed and cancelled.
//
// The bundle of a service that keeps no answers contains none.ts in place of this file (lib/deployment/esbuild.cjs).
import type { Configuration } from "../stream/settings/configuration.ts";
import type { Variables } from "../stream/bedrock/endpoint.ts";
import { answerWithKey } from "./answer-with-key.ts";
import type { Answered, KeyedAnswer, StoreContext } from "./answered.ts";
import { cancelAnswer } from "./cancel-answer.ts";
import { connectTable } from "./call-table.ts";
import { defaultPace, type Pace } from "./pace.ts";
import { readKeyedRequest, readKeyHeader, type KeyedRequest, type KeyMembers } from "./request-key.ts";
import { AnswerTable } from "./table.ts";
import { within } from "./within.ts";

export type { KeyedRequest };

const tableVariable = "DELTAPIPE_ANSWER_TABLE";

/** The environment variables, besides those of the settings, that `connectAnswerStore` reads. */
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
  cancel(members: Pick<KeyMembers, "key" | "owner">): Promise<boolean>;
  /**
   * Resolves when nothing is left to write, or after five seconds. Wait for it before the handler ends, because Lambda then
   * freezes the function.
   */
  idle(): Promise<void>;
}

/** Returns undefined if the service keeps no answers. Opens the first connection. Throws an Error that names a wrong variable. */
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
  const writes = new Set<Promise<void>>();
  const context: StoreContext = {
    table,
    pace,
    retentionMs: answerRetention,
    finishLater(writing) {
      writes.add(writing);
      void writing.finally(() => writes.delete(writing));
    },
  };
  return {
    readRequest: readKeyedRequest,
    readHeader: readKeyHeader,
    answer: (asked) => answerWithKey(asked, context),
    cancel: (members) => cancelAnswer(members, context),
    async idle() {
      await within(pace.lastWrite, Promise.all(writes));
    },
  };
}
