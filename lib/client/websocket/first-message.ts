// Waits for the first message of an answer, for at most the caller's `firstByteTimeout`.
import { StreamCutError } from "../errors.ts";
import { type IncomingResponse, LostConnection, type OutgoingRequest } from "../platform.ts";
import type { PushedAnswer } from "./pushed-answer.ts";

export async function firstMessage(
  answer: PushedAnswer,
  { firstByteTimeout }: OutgoingRequest,
): Promise<IncomingResponse> {
  const silence = new LostConnection("the service was silent for longer than firstByteTimeout", {
    isAltered: false,
    cause: undefined,
  });
  const timer = setTimeout(() => answer.fail(silence, "lost"), firstByteTimeout);
  try {
    return await answer.response;
  } catch (error) {
    if (!(error instanceof LostConnection)) throw error;
    // Not a RetryLaterError: the model may be running, and a second question would be paid for as well.
    throw new StreamCutError(`Cannot get an answer: ${error.message}`, {
      partial: { role: "assistant", content: [] },
    });
  } finally {
    clearTimeout(timer);
  }
}
