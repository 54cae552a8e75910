// Starts the local Bedrock: ConverseStream and Converse on HTTP/1.1 and HTTP/2 without TLS, answered by scripted models.
//
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { checkBedrockRequest } from "./bedrock-request.ts";
import type { ReceivedRequest, Verify } from "./bedrock-request.ts";
import type { AwsCredentials } from "../execution-role.ts";
import { listen } from "./listener.ts";
import { createBatchedResponse } from "./batched-response.ts";
import type { BatchedResponse } from "./batched-response.ts";
import { foldedResponse } from "./folded-response.ts";
import { play } from "./play-script.ts";
import { errorResponse } from "./script.ts";
import type { ScriptedModel } from "./script.ts";
import { scriptedModels } from "./scripted-models.ts";
import { foreignHost, requireLoopback, sentByPage } from "../loopback.ts";

export interface BedrockOptions {
  /** An address of the loopback interface. Default: 127.0.0.1. */
  host?: string;
  /** Default: 0, any free port. */
  port?: number;
  /** The pace of paced models. Default: 40. `Infinity` is full speed. */
  deltasPerSecond?: number;
  /** Milliseconds of silence before the first event of `local.slow`. Default: 30,000. */
  slowMs?: number;
  /** Additional models by id. */
  models?: Record<string, ScriptedModel>;
  /** Only requests signed with this access key id are passed to `verify`. All others are accepted. */
  credentials?: AwsCredentials;
  /** Default: every signature is accepted. */
  verify?: Verify;
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

type Request = IncomingMessage | Http2ServerRequest;
type Settings = BedrockOptions & { models: Record<string, ScriptedModel>; millisecondsPerDelta: number };

export async function startBedrock(options: BedrockOptions = {}): Promise<LocalBedrock> {
  const { host = "127.0.0.1", port = 0, deltasPerSecond = 40 } = options;
  if (!(deltasPerSecond > 0)) {
    throw new RangeError(
      `Cannot set the pace: found ${deltasPerSecond} deltas a second; use a number above 0`,
    );
  }
  const models = { ...scriptedModels, ...options.models };
  const settings = { ...options, models, millisecondsPerDelta: 1000 / deltasPerSecond };
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
    void answer(request, response, settings);
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

async function answer(received: Request, response: BatchedResponse, settings: Settings): Promise<void> {
  const message = foreignHost(received.headers) ?? sentByPage(received.headers);
  if (message !== undefined)
    return response.respond(errorResponse(403, "AccessDeniedException", { message }));
  const raw = await readRequest(received);
  // The client disconnected before the request was complete.
  if (!raw) return;
  const receivedAt = performance.now();
  try {
    const checked = await checkBedrockRequest(raw, settings);
    if ("status" in checked) return response.respond(checked);
    const model = findModel(settings.models, checked.modelId);
    if (!model) {
      const message = "The provided model identifier is invalid.";
      return response.respond(errorResponse(400, "ValidationException", { message }));
    }
    const { millisecondsPerDelta, slowMs = 30_000 } = settings;
    const request = { ...checked, receivedAt, millisecondsPerDelta, slowMs };
    await play(model, request, checked.operation === "converse" ? foldedResponse(response) : response);
  } catch (error) {
    // A script or verifier that throws has a bug. Its author needs to see the error, and the client needs a response.
    process.emitWarning(error instanceof Error ? error : String(error));
    await response.flush();
    if (response.headersSent) return response.cut();
    response.respond(errorResponse(500, "InternalServerException", { message: "The scripted model failed" }));
  }
}

async function readRequest(request: Request): Promise<ReceivedRequest | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  const headers: ReceivedRequest["headers"] = { ...request.headers };
  if ("authority" in request && headers["host"] === undefined) headers["host"] = request.authority;
  return { method: request.method ?? "", path: request.url ?? "", headers, body: Buffer.concat(chunks) };
}

/** Inference profiles are called by their ARN, which ends with the model's id. */
function findModel(models: Record<string, ScriptedModel>, modelId: string): ScriptedModel | undefined {
  const id = modelId.startsWith("arn:") ? modelId.slice(modelId.lastIndexOf("/") + 1) : modelId;
  return Object.hasOwn(models, modelId)
    ? models[modelId]
    : Object.hasOwn(models, id)
      ? models[id]
      : undefined;
}
