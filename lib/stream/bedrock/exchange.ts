// One HTTP request to Bedrock, up to the head of its answer.
import { request as requestHttp, type Agent, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";

export interface Exchange {
  endpoint: URL;
  agent: Agent;
  path: string;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** What of a failure tells that it was the connection's, which had been kept from an earlier request. */
export interface ExchangeError extends NodeJS.ErrnoException {
  hadBeenKept?: boolean;
}

/** Resolves with an answer whose body has not been read. Rejects with an `ExchangeError`. */
export function post(exchange: Exchange, body: Buffer): Promise<IncomingMessage> {
  const { endpoint, agent, path, headers, signal } = exchange;
  const { protocol, hostname, port } = endpoint;
  const send = protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send({
      // As URL has it, an IPv6 address is in brackets.
      hostname: hostname.replaceAll(/[[\]]/g, ""),
      port,
      path,
      method: "POST",
      headers,
      agent,
      signal,
    });
    // It stays for good: once there is an answer, that tells of what happens, and this is nobody's error any more.
    request.on("error", (error: ExchangeError) => {
      error.hadBeenKept = request.reusedSocket;
      reject(error);
    });
    request.once("response", resolve);
    request.end(body);
  });
}
