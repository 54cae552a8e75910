// Sends one request to a new service, and reports the result and the number of attempts.
import { createClient } from "../../../lib/client/index.ts";
import { type LineExchange, startLineService } from "../servers/line-service.ts";

export interface RequestOutcome {
  /** The error, or the result if there was no error. */
  error: Error;
  attempts: number;
}

export async function tryRequest(
  answer: (exchange: LineExchange) => unknown,
  options: object = {},
): Promise<RequestOutcome> {
  const service = await startLineService(answer);
  try {
    const client = createClient({ ...service.options, retry: { baseDelay: 1 }, ...options });
    const error: unknown = await client
      .converse({ prompt: "hi" })
      .result()
      .catch((caught: unknown) => caught);
    return { error: error as Error, attempts: service.counts.requests };
  } finally {
    await service.close();
  }
}
