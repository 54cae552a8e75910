// Starts the local Bedrock: some of Bedrock's operations, over HTTP/1.1 and HTTP/2 without TLS, answered by scripted models.
//
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations.html
import { createBatchedResponse } from "./batched-response.ts";
import type { AuthorizationOptions } from "./check-authorization.ts";
import { createKnownModels, type ModelOptions } from "./known-models.ts";
import { listen } from "./listener.ts";
import { createChooseAnswer } from "./own-answers/choose-answer.ts";
import { serveRequest } from "./serve-request.ts";
import { requireLoopback } from "../loopback.ts";

export interface BedrockOptions extends AuthorizationOptions, ModelOptions {
  /** An address of the loopback interface. Default: 127.0.0.1. */
  host?: string;
  /** Default: 0, any free port. */
  port?: number;
  /** The pace of paced models. Default: 40. `Infinity` is full speed. */
  deltasPerSecond?: number;
  /** Milliseconds of silence before the first event of `local.slow`. Default: 30,000. */
  slowMs?: number;
}

export interface BedrockStatistics {
  /** All requests: `active + completed + aborted`. */
  requests: number;
  active: number;
  /** Requests whose response was sent to its end. Error responses and scripted faults count as well. */
  completed: number;
  /** Requests whose client disconnected before the end. */
  aborted: number;
  /** Bytes of response bodies passed to the network. */
  bytes: number;
}

export interface LocalBedrock {
  url: string;
  port: number;
  readonly statistics: Readonly<BedrockStatistics>;
  /** Resolves when the condition is true. It is evaluated whenever a request arrives or ends. */
  until(condition: (statistics: Readonly<BedrockStatistics>) => boolean): Promise<void>;
  /** Resolves when no request is active. */
  idle(): Promise<void>;
  /** Closes all connections, including those in mid-stream. */
  close(): Promise<void>;
}

/** Rejects with a RangeError or `AnswersError` for a wrong option, and with Node's error if it cannot listen. */
export async function startBedrock(options: BedrockOptions = {}): Promise<LocalBedrock> {
  const { host = "127.0.0.1", port = 0, deltasPerSecond = 40, slowMs = 30_000 } = options;
  if (!(deltasPerSecond > 0)) {
    throw new RangeError(
      `Cannot set the pace: found ${deltasPerSecond} deltas a second; use a number above 0`,
    );
  }
  const chooseAnswer = createChooseAnswer(options.answers);
  const known = createKnownModels(options);
  const serveOptions = {
    ...options,
    known,
    chooseAnswer,
    slowMs,
    millisecondsPerDelta: 1000 / deltasPerSecond,
  };
  const statistics: BedrockStatistics = { requests: 0, active: 0, completed: 0, aborted: 0, bytes: 0 };
  const watchers = new Set<() => void>();

  const listener = await listen({ host: requireLoopback(host), port }, (request, httpResponse) => {
    statistics.requests++;
    statistics.active++;
    const response = createBatchedResponse(httpResponse, (count) => (statistics.bytes += count));
    httpResponse.once("close", () => {
      statistics.active--;
      statistics[response.state === "ended" ? "completed" : "aborted"]++;
      for (const check of watchers) check();
    });
    for (const check of watchers) check();
    void serveRequest(request, response, serveOptions);
  });

  function until(condition: (statistics: Readonly<BedrockStatistics>) => boolean): Promise<void> {
    return new Promise((resolve) => {
      function check(): void {
        if (!condition(statistics)) return;
        watchers.delete(check);
        resolve();
      }
      watchers.add(check);
      check();
    });
  }

  return { ...listener, statistics, until, idle: () => until(({ active }) => active === 0) };
}
