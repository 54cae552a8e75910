// An execution environment: AWS's runtime client in its own process, for one invocation at a time.
import type { IncomingMessage } from "node:http";
import { FunctionFailed, type FunctionResponse, type Invocation } from "../invocation.ts";
import { failureLines } from "./failure-log.ts";
import { startMonitoredProcess, type MonitoredProcess, type ProcessEvents } from "./monitored-process.ts";
import { errorType, responseBody } from "./response-body.ts";
import { startRuntimeApi, type RuntimeApi } from "./runtime-api.ts";
import type { ProcessOptions } from "./runtime-process.ts";

export interface ExecutionEnvironmentOptions extends Omit<ProcessOptions, "runtimeApi"> {
  /** Called when an invocation is done and the environment waits for the next one. */
  onIdle: (environment: ExecutionEnvironment) => void;
  /** Called when the environment's process has ended, for whatever reason. */
  onExit: (environment: ExecutionEnvironment) => void;
}

/**
 * Lambda allows 10 seconds for loading the function. If that is not enough, it tries once more, with the function's timeout.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
const initSeconds = 10;

/** Settles a promise. Later calls have no effect. */
interface Deferred<T> {
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

export class ExecutionEnvironment {
  readonly taskRoot: string;
  readonly #options: ExecutionEnvironmentOptions;
  #api: RuntimeApi | undefined;
  #process: MonitoredProcess | undefined;
  #started: Deferred<void> | undefined;
  #invoked: Deferred<FunctionResponse> | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #requestId: string | undefined;
  #failure: string | undefined;
  /** True from the end of a response until the runtime client asks for the next invocation. */
  isFinishing = false;
  /** True once `end` was called. The environment then accepts no more invocations. */
  isEnding = false;

  constructor(options: ExecutionEnvironmentOptions) {
    this.taskRoot = options.taskRoot;
    this.#options = options;
  }

  /** The id of the environment's process, for measurements. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves when the handler is loaded. Rejects with `FunctionFailed` if it cannot be loaded. */
  async start(): Promise<void> {
    const api = await startRuntimeApi({
      onNext: () => this.#onNext(),
      onResponse: (request) => this.#onResponse(request),
      onError: (request) => void this.#onError(request),
    });
    this.#api = api;
    return new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
      const seconds = initSeconds + this.#options.function.timeoutSeconds;
      this.#limit(seconds, `Init timed out after ${seconds} seconds`);
      if (this.isEnding) return this.#onExit("stopped");
      try {
        this.#process = startMonitoredProcess({ ...this.#options, runtimeApi: api }, this.#processEvents());
      } catch (error) {
        // Node throws for example when no memory is left. For most other causes, the child emits an error instead.
        this.#onExit((error as Error).message);
      }
    });
  }

  /** Call this only while the environment is idle. Rejects with `FunctionFailed` if the function fails before its first byte. */
  invoke(invocation: Invocation<unknown>): Promise<FunctionResponse> {
    const { timeoutSeconds, arn } = this.#options.function;
    this.#limit(timeoutSeconds, `Task timed out after ${timeoutSeconds} seconds`);
    this.#requestId = invocation.requestId;
    return new Promise((resolve, reject) => {
      this.#invoked = { resolve, reject };
      const deadline = { atMs: Date.now() + timeoutSeconds * 1000, functionArn: arn };
      if (this.#api?.send(invocation, deadline)) return;
      const failure = "The runtime client is not waiting for an invocation";
      this.#fail(failure);
      // The process may have ended already, in which case no exit event follows.
      clearTimeout(this.#timeout);
      reject(new FunctionFailed(failure));
    });
  }

  /** Kills the environment's process, even during an invocation. */
  end(): void {
    this.isEnding = true;
    this.#process?.kill();
  }

  #processEvents(): ProcessEvents {
    return {
      onExit: (status) => this.#onExit(status),
      onMemoryExceeded: (report) => this.#fail(`Runtime exited with error: signal: killed (${report})`),
    };
  }

  #fail(failure: string): void {
    this.#failure = failure;
    this.end();
  }

  #limit(seconds: number, failure: string): void {
    clearTimeout(this.#timeout);
    this.#timeout = setTimeout(() => this.#fail(failure), seconds * 1000);
  }

  #onNext(): void {
    clearTimeout(this.#timeout);
    this.#process?.checkMemory();
    // The process is being ended, for example because it has just exceeded its memory size. When it has ended, `#onExit` rejects
    // the pending promises.
    if (this.isEnding) return;
    this.#invoked?.reject(new FunctionFailed("The function sent no response"));
    this.#invoked = undefined;
    this.isFinishing = false;
    if (!this.#started) return this.#options.onIdle(this);
    // After its start the environment is not reported as idle, because its first invocation is already waiting.
    this.#started.resolve();
    this.#started = undefined;
  }

  #onResponse(request: IncomingMessage): void {
    const contentType = request.headers["content-type"] ?? "application/octet-stream";
    const invoked = this.#invoked;
    request.once("end", () => (this.isFinishing = true));
    responseBody(request).then(
      (body) => invoked?.resolve({ contentType, body }),
      (error: Error) => invoked?.reject(new FunctionFailed(error.message, { cause: error })),
    );
  }

  async #onError(request: IncomingMessage): Promise<void> {
    const invoked = this.#invoked;
    this.#invoked = undefined;
    request.once("end", () => (this.isFinishing = true));
    const type = await errorType(request);
    invoked?.reject(new FunctionFailed(`The function failed with ${type}`));
  }

  /** `status` is logged only if the process ended without being killed by `end`. */
  #onExit(status: string): void {
    clearTimeout(this.#timeout);
    this.#process?.stopMonitoring();
    this.#api?.close();
    if (!this.isEnding) this.#failure ??= `Runtime exited with error: ${status}`;
    const lines = this.#failure === undefined ? [] : failureLines(this.#failure, this.#requestId);
    for (const line of lines) this.#options.onLog(line);
    const failure = new FunctionFailed(this.#failure ?? "The environment was stopped");
    this.#started?.reject(failure);
    this.#invoked?.reject(failure);
    this.#options.onExit(this);
  }
}
