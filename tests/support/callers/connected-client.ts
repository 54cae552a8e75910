// A client and the service that it calls. The service is closed at the end of the test.
import { onTestFinished } from "vitest";
import { type Client, type ClientOptions, createClient } from "../../../lib/client/index.ts";
import {
  type LineExchange,
  type LineService,
  startLineService,
  streamHeaders,
} from "../servers/line-service.ts";
import { sampleEvents, toLines } from "../frames/sample-stream.ts";

export interface Connected {
  client: Client;
  service: LineService;
}

export async function connectClient(
  answer: (exchange: LineExchange) => unknown,
  options: Partial<ClientOptions> = {},
): Promise<Connected> {
  const service = await startLineService(answer);
  onTestFinished(() => service.close());
  return { service, client: createClient({ ...service.options, retry: { baseDelay: 1 }, ...options }) };
}

/** The sample stream up to the first piece of its text, "Grüße, ". */
export const beginning = toLines(sampleEvents.slice(0, 8));

/**
 * A service that starts an answer and never ends it. `leaving` resolves when the service sees that the caller has
 * disconnected.
 */
export async function connectEndless(
  options: Partial<ClientOptions> = {},
): Promise<Connected & { leaving: Promise<void> }> {
  let left: () => void;
  const leaving = new Promise<void>((resolve) => (left = resolve));
  const connected = await connectClient(({ response }) => {
    response.on("close", () => left());
    response.writeHead(200, streamHeaders).write(beginning);
  }, options);
  return { ...connected, leaving };
}
