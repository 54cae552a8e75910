// Answers a checked request: through the answer store if the request has an idempotency key, and otherwise straight from Bedrock.
import type { CallBedrock } from "../stream/bedrock/call-bedrock.ts";
import type { RequestFacts } from "../stream/log.ts";
import { relay } from "../stream/relay.ts";
import type { CheckedRequest } from "../stream/request/check-request.ts";
import type { RelayOptions } from "../stream/sink.ts";
import type { Answered } from "./answered.ts";
import type { AnswerStore } from "./index.ts";
import type { KeyMembers } from "./request-key.ts";

interface Asked {
  /** Undefined if the request has no idempotency key. */
  keyed: KeyMembers | undefined;
  request: CheckedRequest;
  callBedrock: CallBedrock;
  options: RelayOptions;
  /** `record` becomes `resume` if the answer is read from the table. */
  facts: RequestFacts;
}

/**
 * `store` is undefined if the service keeps no answers. Rejects with `ConverseError` if the request fails before the first line.
 */
export async function answerRequest(
  store: AnswerStore | undefined,
  { keyed, request, callBedrock, options, facts }: Asked,
): Promise<Answered> {
  const connect = (signal: AbortSignal) => callBedrock(request, signal);
  const onResumed = () => void (facts.record = "resume");
  return store && keyed
    ? store.answer({ ...keyed, request, connect, options, onResumed })
    : { outcome: await relay(connect, options) };
}
