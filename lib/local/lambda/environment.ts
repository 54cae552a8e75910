// One Lambda environment: AWS's runtime client in a process of its own, one invocation at a time.
import type { ChildProcess } from "node:child_process";
import type { IncomingMessage } from "node:http";
import { FunctionFailed, type FunctionResponse, type Invocation } from "../invocation.ts";
import { describeExit } from "./exit-status.ts";
import { watchMemory, type MemoryWatch } from "./memory-limit.ts";
import { responseBody } from "./response-body.ts";
import { startRuntimeApi, type RuntimeApi } from "./runtime-api.ts";
import { spawnRuntime, type ProcessOptions } from "./runtime-process.ts";

export interface EnvironmentOptions extends Omit<ProcessOptions, "runtimeApi"> {
  /** Done with an invocation: it waits for the next. */
  onIdle: (environment: Environment) => void;
  /** Its process is gone, for whatever reason. */
  onExit: (environment: Environment) => void;
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

export class Environment {
  readonly taskRoot: string;
  readonly #options: EnvironmentOptions;
  #api: RuntimeApi | undefined;
  #child: ChildProcess | undefined;
  #started: Waiting<void> | undefined;
  #invoked: Waiting<FunctionResponse> | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #memory: MemoryWatch | undefined;
  #requestId: string | undefined;
  #isEnding = false;
  #failure: string | undefined;
  /** Its response is complete, and it has not asked for the next invocation yet. */
  isFinishing = false;

  constructor(options: EnvironmentOptions) {
    this.taskRoot = options.taskRoot;
    this.#options = options;
  }

  /** Of its process, for measuring. */
  get pid(): number | undefined {
    return this.#child?.pid;
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
    this.#child?.kill("SIGKILL");
  }

  #spawn(runtimeApi: RuntimeApi): void {
    const child = spawnRuntime({ ...this.#options, runtimeApi });
    this.#child = child;
    child.once("exit", (code, signal) => this.#onExit(describeExit(code, signal)));
    child.once("error", (error) => this.#onExit(error.message));
    if (child.pid === undefined) return;
    const { memorySize } = this.#options.function;
    this.#memory = watchMemory(child.pid, memorySize, (used) => {
      const report = `Memory Size: ${memorySize} MB, Max Memory Used: ${used} MB`;
      this.#failure = `Runtime exited with error: signal: killed (${report})`;
      this.end();
    });
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
    this.#memory?.look();
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
    this.#memory?.stop();
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
