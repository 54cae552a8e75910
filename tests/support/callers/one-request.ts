// One request to a service of its own: what it came to, and how many attempts it took.
import { createClient } from "../../../lib/client/index.ts";
import { type LineExchange, startLineService } from "../servers/line-service.ts";

export interface RequestOutcome {
  /** The error, or the result. */
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
