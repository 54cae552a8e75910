// One Lambda environment: AWS's runtime client in a process of its own, one invocation at a time.
import type { IncomingMessage } from "node:http";
import { FunctionFailed, type FunctionResponse, type Invocation } from "../invocation.ts";
import { startMonitoredProcess, type MonitoredProcess } from "./monitored-process.ts";
import { responseBody } from "./response-body.ts";
import { startRuntimeApi, type RuntimeApi } from "./runtime-api.ts";
import type { ProcessOptions } from "./runtime-process.ts";

export interface ExecutionEnvironmentOptions extends Omit<ProcessOptions, "runtimeApi"> {
  /** Done with an invocation: it waits for the next. */
  onIdle: (environment: ExecutionEnvironment) => void;
  /** Its process is gone, for whatever reason. */
  onExit: (environment: ExecutionEnvironment) => void;
}

/**
 * Loading may take this long, and then once more as long as the function may: Lambda starts over when it took longer.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
const initSeconds = 10;

/** Settles what somebody waits for; later calls change nothing. */
interface Waiting<T> {
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

export class ExecutionEnvironment {
  readonly taskRoot: string;
  readonly #options: ExecutionEnvironmentOptions;
  #api: RuntimeApi | undefined;
  #process: MonitoredProcess | undefined;
  #started: Waiting<void> | undefined;
  #invoked: Waiting<FunctionResponse> | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #requestId: string | undefined;
  #isEnding = false;
  #failure: string | undefined;
  /** Its response is complete, and it has not asked for the next invocation yet. */
  isFinishing = false;

  constructor(options: ExecutionEnvironmentOptions) {
    this.taskRoot = options.taskRoot;
    this.#options = options;
  }

  /** Of its process, for measuring. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** It was told to end, and takes no invocation any more. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Resolves when the handler is loaded; rejects with `FunctionFailed` if it cannot be. */
  async start(): Promise<void> {
    const api = await startRuntimeApi({
      onNext: () => this.#onNext(),
      onResponse: (request) => this.#onResponse(request),
    });
    this.#api = api;
    return new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
      const seconds = initSeconds + this.#options.function.timeoutSeconds;
      this.#limit(seconds, `Init timed out after ${seconds} seconds`);
      if (this.#isEnding) return this.#onExit("stopped");
      try {
        this.#spawn(api);
      } catch (error) {
        // Node throws where the system has no process, no memory or no descriptor to give.
        this.#onExit((error as Error).message);
      }
    });
  }

  /** Only when idle. Rejects with `FunctionFailed` if the function fails before its first byte. */
  invoke(invocation: Invocation): Promise<FunctionResponse> {
    const { timeoutSeconds, arn } = this.#options.function;
    this.#limit(timeoutSeconds, `Task timed out after ${timeoutSeconds} seconds`);
    this.#requestId = invocation.requestId;
    return new Promise((resolve, reject) => {
      this.#invoked = { resolve, reject };
      const deadline = { atMs: Date.now() + timeoutSeconds * 1000, functionArn: arn };
      if (this.#api?.send(invocation, deadline)) return;
      this.#failure = "The runtime does not wait for an invocation";
      this.end();
      // Its process may be gone already.
      reject(new FunctionFailed(this.#failure));
    });
  }

  /** Ends its process, and with it whatever it is doing. */
  end(): void {
    this.#isEnding = true;
    this.#process?.kill();
  }

  #spawn(runtimeApi: RuntimeApi): void {
    this.#process = startMonitoredProcess(
      { ...this.#options, runtimeApi },
      {
        onExit: (status) => this.#onExit(status),
        onMemoryExceeded: (report) => {
          this.#failure = `Runtime exited with error: signal: killed (${report})`;
          this.end();
        },
      },
    );
  }

  #limit(seconds: number, failure: string): void {
    clearTimeout(this.#timeout);
    this.#timeout = setTimeout(() => {
      this.#failure = failure;
      this.end();
    }, seconds * 1000);
  }

  #onNext(): void {
    clearTimeout(this.#timeout);
    this.#process?.checkMemory();
    // It held too much: its exit is what counts, and no invocation is for it any more.
    if (this.#isEnding) return;
    this.#invoked?.reject(new FunctionFailed("The function sent no response"));
    this.#invoked = undefined;
    this.isFinishing = false;
    if (!this.#started) return this.#options.onIdle(this);
    // Whoever started it has the first invocation for it.
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

  /** `status` is Lambda's word for the end of a process that nobody ended. */
  #onExit(status: string): void {
    clearTimeout(this.#timeout);
    this.#process?.stopMonitoring();
    this.#api?.close();
    if (!this.#isEnding) this.#failure ??= `Runtime exited with error: ${status}`;
    if (this.#failure !== undefined) this.#log(this.#failure);
    const failure = new FunctionFailed(this.#failure ?? "The environment was stopped");
    this.#started?.reject(failure);
    this.#invoked?.reject(failure);
    this.#options.onExit(this);
  }

  /** As Lambda writes it to the function's log. */
  #log(failure: string): void {
    const { onLog } = this.#options;
    if (!failure.startsWith("Runtime exited")) return onLog(failure);
    onLog(`${this.#requestId === undefined ? "" : `RequestId: ${this.#requestId} `}Error: ${failure}`);
    onLog("Runtime.ExitError");
  }
}
