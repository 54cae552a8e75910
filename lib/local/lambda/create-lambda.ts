// Runs a function as Lambda does: starts execution environments on demand, reuses them, and limits their number.
import { TooManyRequests, type FunctionResponse, type Invocation } from "../invocation.ts";
import { ExecutionEnvironment } from "./execution-environment.ts";
import type { FunctionDescription } from "./runtime-process.ts";

export interface LambdaOptions {
  function: FunctionDescription;
  /** Returns the folder of the current code. Execution environments with older code are replaced. */
  code: () => Promise<string>;
  /** Resolves with the variables to add to Lambda's own. `goodUntil`, in milliseconds since 1970, is when they expire. */
  variables: () => Promise<{ variables: Record<string, string>; goodUntil?: number }>;
  /** The maximum number of execution environments, like reserved concurrency. */
  concurrency: number;
  /**
   * Milliseconds to wait for an execution environment whose response has just ended, before another one is started. Usually
   * that environment asks for its next invocation right away. Default: 1000.
   */
  finishingMs?: number;
  /** Default: the current Node executable. */
  nodeExecutable?: string;
  onLog: (line: string) => void;
}

export interface Lambda {
  /** Rejects with `TooManyRequests` or `FunctionFailed`, or with the error of the option `variables`. */
  invoke(invocation: Invocation<unknown>): Promise<FunctionResponse>;
  /** The execution environments, for tests and measurements. `started` counts all that were ever started. */
  environments(): { started: number; pids: number[]; idle: number };
  close(): Promise<void>;
}

/**
 * When an invocation begins, the credentials must still be valid for at least this long. A minute is enough: only Bedrock
 * rejects credentials that have expired, and the function calls Bedrock at the beginning.
 */
const renewalMarginMs = 60_000;

export function createLambda(options: LambdaOptions): Lambda {
  const { finishingMs = 1000 } = options;
  /** The execution environments that count toward the limit, each with the time until which its variables are valid. */
  const liveEnvironments = new Map<ExecutionEnvironment, number>();
  /** Used as a stack: the environment used last is the warmest. */
  const idle: ExecutionEnvironment[] = [];
  /** Callbacks with which `close` waits for the processes to end. */
  const exited = new Map<ExecutionEnvironment, () => void>();
  let onNextIdle: (() => void)[] = [];
  let started = 0;
  let closed = false;

  function onIdle(environment: ExecutionEnvironment): void {
    idle.push(environment);
    wakeWaiting();
  }

  function wakeWaiting(): void {
    for (const wake of onNextIdle.splice(0)) wake();
  }

  function onExit(environment: ExecutionEnvironment): void {
    liveEnvironments.delete(environment);
    if (idle.includes(environment)) idle.splice(idle.indexOf(environment), 1);
    exited.get(environment)?.();
    wakeWaiting();
  }

  function takeIdle(taskRoot: string): ExecutionEnvironment | undefined {
    const environment = idle.pop();
    if (environment === undefined) return undefined;
    const isStale = Date.now() + renewalMarginMs > (liveEnvironments.get(environment) ?? 0);
    if (environment.taskRoot === taskRoot && !isStale && !environment.isEnding) return environment;
    // The environment's process takes a moment to end, but no longer counts toward the limit.
    liveEnvironments.delete(environment);
    environment.end();
    return takeIdle(taskRoot);
  }

  async function acquire(): Promise<ExecutionEnvironment> {
    const taskRoot = await options.code();
    let environment = takeIdle(taskRoot);
    if (!environment && [...liveEnvironments.keys()].some(({ isFinishing }) => isFinishing)) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, finishingMs);
        onNextIdle.push(() => (clearTimeout(timer), resolve()));
      });
      environment = takeIdle(taskRoot);
    }
    return environment ?? startEnvironment(taskRoot);
  }

  async function startEnvironment(taskRoot: string): Promise<ExecutionEnvironment> {
    const { variables, goodUntil = Infinity } = await options.variables();
    if (closed || liveEnvironments.size >= options.concurrency)
      throw new TooManyRequests("Every execution environment is busy");
    const { function: description, nodeExecutable, onLog } = options;
    const environment = new ExecutionEnvironment({
      function: description,
      taskRoot,
      variables,
      ...(nodeExecutable !== undefined && { nodeExecutable }),
      onLog,
      onIdle,
      onExit,
    });
    liveEnvironments.set(environment, goodUntil);
    started++;
    try {
      await environment.start();
    } catch (error) {
      // If no process was started, no exit event will call `onExit`.
      onExit(environment);
      throw error;
    }
    return environment;
  }

  return {
    invoke: async (invocation) => (await acquire()).invoke(invocation),
    environments: () => ({
      started,
      pids: [...liveEnvironments.keys()].flatMap(({ pid }) => pid ?? []),
      idle: idle.length,
    }),
    async close() {
      closed = true;
      const exits = [...liveEnvironments.keys()].map((environment) => {
        const exit = new Promise<void>((resolve) => exited.set(environment, resolve));
        environment.end();
        return exit;
      });
      await Promise.all(exits);
    },
  };
}
