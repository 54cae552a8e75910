// Explains the error of a service that knows no idempotency keys, because it keeps no answers.
import { RequestError } from "../errors.ts";

/** Such a service rejects the members that the client has added to the request. Returns any other error unchanged. */
export function explainRefusal(error: unknown): unknown {
  if (!(error instanceof RequestError) || !/"(idempotencyKey|action)" is unknown/.test(error.message))
    return error;
  const { code, status, requestId } = error;
  return new RequestError(
    "Cannot resume or cancel the answer: the service keeps no answers; deploy it with answerRetentionMinutes, or leave resume out",
    { code, status, requestId, cause: error },
  );
}
