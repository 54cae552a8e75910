// Asks one question: subscribes to a new conversation, starts the answer, and waits for the answer's first message.
import { untilAborted } from "../../shared/abort.ts";
import type { IncomingResponse, OutgoingRequest } from "../platform.ts";
import { firstMessage } from "../websocket/first-message.ts";
import type { RealTimeConnection } from "./real-time.ts";
import { startAnswer, type StartOptions } from "./start-answer.ts";

/** Rejects with a `DeltapipeError`, or with the signal's reason. */
export async function ask(
  connection: RealTimeConnection,
  request: OutgoingRequest,
  options: StartOptions,
): Promise<IncomingResponse> {
  const conversationId = crypto.randomUUID();
  const answer = await untilAborted(connection.subscribe(conversationId, request), request.signal);
  try {
    await startAnswer(conversationId, request, options);
  } catch (error) {
    answer.fail(error as Error, "left");
    throw error;
  }
  return firstMessage(answer, request);
}
