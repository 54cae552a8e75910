// A web server that passes another service's answers on, as an application's server does.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { onTestFinished } from "vitest";
import type { ConverseStream, ResponseOptions } from "../../../lib/client/index.ts";
import { serve } from "./http-server.ts";

/** Resolves with the server's URL. `converse` is called for each request. */
export async function startPassingServer(
  converse: () => ConverseStream,
  options: ResponseOptions = {},
): Promise<string> {
  const server = await serve(async (_, outgoing) => {
    const { status, headers, body } = await converse().toResponse(options);
    outgoing.writeHead(status, Object.fromEntries(headers));
    // `pipeline` ends the answer if the reader disconnects, and the response if the answer fails. Nothing is left to handle.
    await pipeline(Readable.fromWeb(body!), outgoing).catch(() => undefined);
  });
  onTestFinished(() => server.close());
  return server.url;
}
