// A stand-in for Amazon Bedrock: ConverseStream on HTTP/1.1 and HTTP/2 without TLS, answered by scripted models.
//
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { checkBedrockRequest } from "./bedrock-request.ts";
import type { AwsCredentials, ReceivedRequest, Verify } from "./bedrock-request.ts";
import { listen } from "./listener.ts";
import { createBatchedResponse } from "./batched-response.ts";
import type { BatchedResponse } from "./batched-response.ts";
import { play } from "./play-script.ts";
import { errorResponse } from "./script.ts";
import type { ScriptedModel } from "./script.ts";
import { scriptedModels } from "./scripted-models.ts";
import { foreignHost, requireLoopback, sentByPage } from "../loopback.ts";

export interface BedrockOptions {
  /** Of this machine's loopback. Default: 127.0.0.1. */
  host?: string;
  /** Default: 0, any free port. */
  port?: number;
  /** The pace of paced models. Default: 40; `Infinity` is full speed. */
  deltasPerSecond?: number;
  /** How long `local.slow` is silent before its first event. Default: 30,000. */
  slowMs?: number;
  /** Models beside the scripted ones, by id. */
  models?: Record<string, ScriptedModel>;
  /** A request signed with this access key id is given to `verify`; all others are accepted as they are. */
  credentials?: AwsCredentials;
  /** Default: every signature is accepted. */
  verify?: Verify;
}

export interface BedrockStatistics {
  /** All that came, whatever they asked for: `active + completed + aborted`. */
  requests: number;
  active: number;
  /** Those that were answered to the end, be it a errorResponse or a fault. */
  completed: number;
  /** Those whose client went away early. */
  aborted: number;
  /** Bytes of bodies that were handed to the network. */
  bytes: number;
}

export interface BedrockStandIn {
  url: string;
  port: number;
  readonly statistics: Readonly<BedrockStatistics>;
  /** Resolves when the condition holds; it is looked at whenever a request comes or ends. */
  until(condition: (statistics: Readonly<BedrockStatistics>) => boolean): Promise<void>;
  /** Resolves when no request is active. */
  idle(): Promise<void>;
  /** Ends all connections, also those in mid-stream. */
  close(): Promise<void>;
}

type Request = IncomingMessage | Http2ServerRequest;
type Settings = BedrockOptions & { models: Record<string, ScriptedModel>; millisecondsPerDelta: number };

export async function startBedrock(options: BedrockOptions = {}): Promise<BedrockStandIn> {
  const { host = "127.0.0.1", port = 0, deltasPerSecond = 40 } = options;
  if (!(deltasPerSecond > 0)) {
    throw new RangeError(`Cannot play ${deltasPerSecond} deltas a second: give a number above 0`);
  }
  const models = { ...scriptedModels, ...options.models };
  const settings = { ...options, models, millisecondsPerDelta: 1000 / deltasPerSecond };
  const statistics: BedrockStatistics = { requests: 0, active: 0, completed: 0, aborted: 0, bytes: 0 };
  const watchers = new Set<() => void>();

  const listener = await listen({ host: requireLoopback(host), port }, (request, reply) => {
    statistics.requests++;
    statistics.active++;
    const response = createBatchedResponse(reply, (count) => (statistics.bytes += count));
    reply.once("close", () => {
      statistics.active--;
      statistics[response.state === "ended" ? "completed" : "aborted"]++;
      for (const look of watchers) look();
    });
    for (const look of watchers) look();
    void answer(request, response, settings);
  });

  function until(condition: (statistics: Readonly<BedrockStatistics>) => boolean): Promise<void> {
    return new Promise((resolve) => {
      function look(): void {
        if (!condition(statistics)) return;
        watchers.delete(look);
        resolve();
      }
      watchers.add(look);
      look();
    });
  }

  return { ...listener, statistics, until, idle: () => until(({ active }) => active === 0) };
}

async function answer(request: Request, response: BatchedResponse, settings: Settings): Promise<void> {
  const message = foreignHost(request.headers) ?? sentByPage(request.headers);
  if (message !== undefined)
    return response.respond(errorResponse(403, "AccessDeniedException", { message }));
  const raw = await readRequest(request);
  // The client left before it had said everything.
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
    await play(model, { ...checked, receivedAt, millisecondsPerDelta, slowMs }, response);
  } catch (error) {
    // A script or a verifier that throws is a bug of whoever wrote it, who should see it, and the client an end.
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

/** Profiles are called by their ARN, which ends in the model's id. */
function findModel(models: Record<string, ScriptedModel>, modelId: string): ScriptedModel | undefined {
  const id = modelId.startsWith("arn:") ? modelId.slice(modelId.lastIndexOf("/") + 1) : modelId;
  return Object.hasOwn(models, modelId)
    ? models[modelId]
    : Object.hasOwn(models, id)
      ? models[id]
      : undefined;
}
