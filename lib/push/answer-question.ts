// Answers one question in messages: checks it, relays the answer, and writes the log record.
import { randomBytes } from "node:crypto";
import type { CallBedrock } from "../stream/bedrock/call-bedrock.ts";
import { shownError, type ConverseError } from "../stream/converse-error.ts";
import { logErrorResponse, logOutcome, type RequestFacts } from "../stream/log.ts";
import { relay } from "../stream/relay.ts";
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
  /** When the question arrived, as `performance.now()`. */
  startedAt: number;
  /** When Lambda ends the invocation, as `performance.now()`. */
  timeoutAt: number;
}

/**
 * `body` has the format of the body of `POST /`. Resolves when the last message has been delivered or given up, and the
 * log record has been written.
 */
export async function answerQuestion(
  body: string,
  callBedrock: CallBedrock,
  delivery: Delivery,
): Promise<void> {
  const { facts, configuration, startedAt } = delivery;
  const { times } = configuration;
  const sink = openSink(delivery);
  try {
    const request = checkRequest(body, configuration);
    const { name: model } = request.model;
    facts.model = model;
    const outcome = await relay((signal) => callBedrock(request, signal), {
      sink,
      format: "ndjson",
      requestId: facts.requestId,
      model,
      times,
      startedAt,
      deadlineAt: delivery.timeoutAt - times.deadlineMargin,
    });
    const undelivered = await sink.end(endOf(delivery));
    logOutcome(facts, undelivered ? { ...outcome, error: undelivered } : outcome);
  } catch (thrown) {
    await sendError(sink, shownError(thrown), delivery);
  }
}

/** Sends the error as the only line of the answer, and writes the log record. */
export async function refuseQuestion(error: ConverseError, delivery: Delivery): Promise<void> {
  await sendError(openSink(delivery), error, delivery);
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
