// A client that resumes answers of a local stack, through a proxy that cuts the connection.
import { type Client, type ClientOptions, createClient } from "../../../lib/client/index.ts";
import { scaled } from "../deadline.ts";
import { type Cut, type CuttingProxy, startCuttingProxy } from "../servers/cutting-proxy.ts";
import { caller } from "../servers/local-stack.ts";

export interface ResumableClient {
  client: Client;
  proxy: CuttingProxy;
}

/** The proxy cuts its first responses, each as an element of `cuts` says, and passes all later responses on unchanged. */
export async function connectThroughCuts(
  url: string,
  cuts: Cut[],
  options: Partial<ClientOptions> = {},
): Promise<ResumableClient> {
  const proxy = await startCuttingProxy(url, (index) => cuts[index] ?? {});
  return { proxy, client: resumableClient(proxy.url, options) };
}

export function resumableClient(url: string, options: Partial<ClientOptions> = {}): Client {
  return createClient({
    url,
    region: "us-east-1",
    credentials: caller,
    retry: { baseDelay: 10 },
    resume: true,
    resumeTimeout: scaled(60_000),
    ...options,
  });
}

/** The lines of an answer, each with its newline, as one text. */
export async function joinedLines(lines: AsyncIterable<string>): Promise<string> {
  let joined = "";
  for await (const line of lines) joined += `${line}\n`;
  return joined;
}
