// Lambda on one machine: environments on demand, reused, replaced when they fail, never more than allowed.
import { TooManyRequests, type FunctionResponse, type Invocation } from "../invocation.ts";
import { ExecutionEnvironment } from "./execution-environment.ts";
import type { FunctionDescription } from "./runtime-process.ts";

export interface LambdaOptions {
  function: FunctionDescription;
  /** The folder of the code to run now: environments with older code are replaced. */
  code: () => Promise<string>;
  /** What an environment gets beyond Lambda's own variables, and until when (milliseconds since 1970) it is good. */
  variables: () => Promise<{ variables: Record<string, string>; goodUntil?: number }>;
  /** The most environments at once, as with reserved concurrency. */
  concurrency: number;
  /**
   * An environment whose response has ended asks for the next invocation at once: worth so many milliseconds' wait
   * before another one is started. Default: 1000.
   */
  finishingMs?: number;
  onLog: (line: string) => void;
}

export interface Lambda {
  /** Rejects with `TooManyRequests` or `FunctionFailed`. */
  invoke(invocation: Invocation): Promise<FunctionResponse>;
  /** For tests and measurements. */
  environments(): { started: number; pids: number[]; idle: number };
  close(): Promise<void>;
}

/** Credentials must outlast the call to Bedrock, which comes first of all in an invocation. */
const renewalMarginMs = 60_000;

export function createLambda(options: LambdaOptions): Lambda {
  const { finishingMs = 1000 } = options;
  const liveEnvironments = new Map<ExecutionEnvironment, number>();
  /** The last one used comes first: it is the warmest. */
  const idle: ExecutionEnvironment[] = [];
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
    // What it is told to do takes a moment; its place is free at once.
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
      throw new TooManyRequests("Every environment is busy");
    const { function: description, onLog } = options;
    const environment = new ExecutionEnvironment({
      function: description,
      taskRoot,
      variables,
      onLog,
      onIdle,
      onExit,
    });
    liveEnvironments.set(environment, goodUntil);
    started++;
    try {
      await environment.start();
    } catch (error) {
      // Also where no process came into being that could exit.
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
