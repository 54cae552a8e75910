// Answers one question in messages: checks it, relays the answer, and writes the log record.
import { randomBytes } from "node:crypto";
import { answerRequest } from "../answer-store/answer-request.ts";
import type { AnswerStore, KeyedRequest } from "../answer-store/index.ts";
import type { CallBedrock } from "../stream/bedrock/call-bedrock.ts";
import { shownError, type ConverseError } from "../stream/converse-error.ts";
import { logErrorResponse, logOther, logOutcome, type RequestFacts } from "../stream/log.ts";
import { LineBuffer } from "../stream/lines/line-buffer.ts";
import { checkRequest } from "../stream/request/check-request.ts";
import type { Configuration } from "../stream/settings/configuration.ts";
import type { MessageHeader } from "./messages.ts";
import type { Publish } from "./publisher.ts";
import { PushSink } from "./push-sink.ts";

export interface Delivery {
  publish: Publish;
  /** The members by which the caller recognizes the answer's messages. `openSink` adds `requestId` and `run`. */
  header: Omit<MessageHeader, "requestId" | "run">;
  facts: RequestFacts;
  configuration: Configuration;
  /** Undefined if the service keeps no answers. */
  store: AnswerStore | undefined;
  /** When the question arrived, as `performance.now()`. */
  startedAt: number;
  /** When Lambda ends the invocation, as `performance.now()`. */
  timeoutAt: number;
}

/**
 * `body` has the format of the body of `POST /`. Resolves when the last message has been delivered or given up, the log record
 * has been written, and nothing is left to write into the table of answers.
 */
export async function answerQuestion(
  { body, keyed }: KeyedRequest,
  callBedrock: CallBedrock,
  delivery: Delivery,
): Promise<void> {
  const { facts, configuration, startedAt, store } = delivery;
  const { times } = configuration;
  const sink = openSink(delivery);
  try {
    const request = checkRequest(body, configuration);
    const { name: model } = request.model;
    facts.model = model;
    const options = {
      sink,
      writer: new LineBuffer("ndjson"),
      requestId: facts.requestId,
      model,
      times,
      startedAt,
      deadlineAt: delivery.timeoutAt - times.deadlineMargin,
    };
    const { outcome, recorded } = await answerRequest(store, { keyed, request, callBedrock, options, facts });
    const undelivered = await sink.end(endOf(delivery));
    Object.assign(facts, await recorded);
    logOutcome(facts, undelivered ? { ...outcome, error: undelivered } : outcome);
  } catch (thrown) {
    await sendError(sink, shownError(thrown), delivery);
  }
  await store?.idle();
}

/** Sends the error as the only line of the answer, and writes the log record. */
export async function refuseQuestion(error: ConverseError, delivery: Delivery): Promise<void> {
  await sendError(openSink(delivery), error, delivery);
}

/** Cancels an answer. Sends the result as the only line of the reply, as the Function URL sends it, and writes the log record. */
export async function cancelAnswer(
  members: Parameters<AnswerStore["cancel"]>[0],
  delivery: Delivery,
): Promise<void> {
  const { facts, store, startedAt } = delivery;
  facts.record = "cancel";
  const sink = openSink(delivery);
  try {
    const cancelled = await store!.cancel(members);
    sink.write(Buffer.from(`${JSON.stringify({ cancelled })}\n`));
    const undelivered = await sink.end(endOf(delivery));
    if (undelivered) throw undelivered;
    logOther("cancel", facts, { status: 200, totalMs: Math.round(performance.now() - startedAt) });
  } catch (thrown) {
    await sendError(sink, shownError(thrown), delivery);
  }
}

function openSink({ facts: { requestId }, header, publish, configuration }: Delivery): PushSink {
  const run = randomBytes(6).toString("base64url");
  return new PushSink({ requestId, run, ...header }, publish, configuration.times);
}

async function sendError(sink: PushSink, error: ConverseError, delivery: Delivery): Promise<void> {
  sink.writeError(error);
  const shown = (await sink.end(endOf(delivery))) ?? error;
  const totalMs = Math.round(performance.now() - delivery.startedAt);
  logErrorResponse(delivery.facts, shown, { status: shown.status, totalMs });
}

/** When to stop sending. The last quarter of the margin before Lambda's timeout is left for writing the log record. */
function endOf({ timeoutAt, configuration }: Delivery): number {
  return timeoutAt - configuration.times.deadlineMargin / 4;
}
