// Runs a contender as an execution environment, invokes it, and measures the process.
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { inventCredentials, roleVariables } from "../../lib/local/execution-role.ts";
import type { FunctionUrlEvent } from "../../lib/local/invocation.ts";
import { ExecutionEnvironment } from "../../lib/local/lambda/index.ts";
import type { ContenderBundle } from "./bundles.ts";
import { processUsage, type ProcessUsage } from "./process-usage.ts";
import type { RequestedAnswer } from "./upstream-model.ts";

export interface RunningContender {
  pid: number;
  /** Milliseconds from the spawn to the process's first request for an invocation. */
  readyMs: number;
  /** The `performance.now()` of the spawn. */
  spawnedAt: number;
  /** Resolves with the body that the function sends, including the runtime's prelude. */
  ask(answer: RequestedAnswer): Promise<Readable>;
  /** Resolves when the last invocation has ended. */
  idle(): Promise<void>;
  usage(): Promise<ProcessUsage>;
  end(): Promise<void>;
}

export interface ContenderOptions {
  nodeExecutable: string;
  memorySize: number;
  upstreamUrl: string;
  certificateFile: string;
  rootsFile: string;
}

const region = "us-east-1";
const keptLines = 5;

export async function startContender(
  bundle: ContenderBundle,
  options: ContenderOptions,
): Promise<RunningContender> {
  const { name, path } = bundle.contender;
  /** The last lines of the contender's log. Earlier ones are dropped, because a contender may log every event. */
  const log: string[] = [];
  let onIdle = () => {};
  let idle = Promise.resolve();
  let onExit: (error: Error) => void = () => {};
  const exited = new Promise<never>((_, reject) => (onExit = reject));
  exited.catch(() => undefined);
  const environment = new ExecutionEnvironment({
    ...options,
    taskRoot: bundle.taskRoot,
    ...(bundle.bootstrap !== undefined && { bootstrap: bundle.bootstrap }),
    variables: variablesFor(options),
    function: {
      name,
      arn: `arn:aws:lambda:${region}:123456789012:function:${name}`,
      handler: bundle.handler,
      memorySize: options.memorySize,
      timeoutSeconds: 600,
    },
    onLog: (line) => void (log.push(line) > keptLines && log.shift()),
    onIdle: () => onIdle(),
    onExit: () =>
      onExit(
        new Error(`Cannot measure ${name}: its process exited; read its last lines:\n${log.join("\n")}`),
      ),
  });
  const spawnedAt = performance.now();
  try {
    await environment.start();
  } catch (cause) {
    throw new Error(`Cannot measure ${name}: it did not start; read its last lines:\n${log.join("\n")}`, {
      cause,
    });
  }
  const readyMs = performance.now() - spawnedAt;
  const pid = environment.pid as number;
  return {
    pid,
    readyMs,
    spawnedAt,
    async ask(answer) {
      idle = new Promise((resolve) => (onIdle = resolve));
      const invocation = {
        requestId: randomUUID(),
        traceId: "",
        event: eventFor(JSON.stringify(answer), path),
      };
      const { body } = await Promise.race([environment.invoke(invocation), exited]);
      return body;
    },
    idle: () => Promise.race([idle, exited]),
    usage: () => Promise.race([exited, processUsage(pid)]),
    async end() {
      environment.end();
      await exited.catch(() => undefined);
    },
  };
}

function variablesFor({ upstreamUrl, certificateFile, rootsFile }: ContenderOptions): Record<string, string> {
  return {
    ...roleVariables(inventCredentials()).variables,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreamUrl,
    MODEL_ID: "bench.model",
    DELTAPIPE_MODELS: "bench=bench.model",
    // Set only for TLS, because reading these files makes a contender start some milliseconds later. Node has the usual root
    // certificates built in, and Rust reads them from a file, as on Lambda.
    ...(upstreamUrl.startsWith("https:") && {
      NODE_EXTRA_CA_CERTS: certificateFile,
      SSL_CERT_FILE: rootsFile,
    }),
  };
}

function eventFor(prompt: string, path = "/"): FunctionUrlEvent {
  const time = new Date();
  const messages = [{ role: "user", content: [{ text: prompt }] }];
  const http = {
    method: "POST",
    path,
    protocol: "HTTP/1.1",
    sourceIp: "127.0.0.1",
    userAgent: "benchmark",
  };
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: { host: "benchmark.lambda-url.us-east-1.on.aws", "content-type": "application/json" },
    requestContext: {
      http,
      requestId: randomUUID(),
      time: time.toISOString(),
      timeEpoch: time.getTime(),
      domainName: "benchmark.lambda-url.us-east-1.on.aws",
      domainPrefix: "benchmark",
      stage: "$default",
    } as FunctionUrlEvent["requestContext"],
    body: JSON.stringify(path === "/" ? { prompt } : { messages }),
    isBase64Encoded: false,
  };
}
