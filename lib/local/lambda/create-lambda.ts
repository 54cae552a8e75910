// Lambda on one machine: environments on demand, reused, replaced when they fail, never more than allowed.
import { TooManyRequests, type FunctionResponse, type Invocation } from "../invocation.ts";
import { Environment } from "./environment.ts";
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
  const goodUntil = new Map<Environment, number>();
  /** The last one used comes first: it is the warmest. */
  const idle: Environment[] = [];
  const exited = new Map<Environment, () => void>();
  let onNextIdle: (() => void)[] = [];
  let started = 0;
  let closed = false;

  function onIdle(environment: Environment): void {
    idle.push(environment);
    wakeWaiting();
  }

  function wakeWaiting(): void {
    for (const wake of onNextIdle.splice(0)) wake();
  }

  function onExit(environment: Environment): void {
    goodUntil.delete(environment);
    if (idle.includes(environment)) idle.splice(idle.indexOf(environment), 1);
    exited.get(environment)?.();
    wakeWaiting();
  }

  function takeIdle(taskRoot: string): Environment | undefined {
    const environment = idle.pop();
    if (environment === undefined) return undefined;
    const isStale = Date.now() + renewalMarginMs > (goodUntil.get(environment) ?? 0);
    if (environment.taskRoot === taskRoot && !isStale && !environment.isEnding) return environment;
    // What it is told to do takes a moment; its place is free at once.
    goodUntil.delete(environment);
    environment.end();
    return takeIdle(taskRoot);
  }

  async function acquire(): Promise<Environment> {
    const taskRoot = await options.code();
    let environment = takeIdle(taskRoot);
    if (!environment && [...goodUntil.keys()].some(({ isFinishing }) => isFinishing)) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, finishingMs);
        onNextIdle.push(() => (clearTimeout(timer), resolve()));
      });
      environment = takeIdle(taskRoot);
    }
    return environment ?? startEnvironment(taskRoot);
  }

  async function startEnvironment(taskRoot: string): Promise<Environment> {
    const { variables, goodUntil: until = Infinity } = await options.variables();
    if (closed || goodUntil.size >= options.concurrency)
      throw new TooManyRequests("Every environment is busy");
    const { function: description, onLog } = options;
    const environment = new Environment({
      function: description,
      taskRoot,
      variables,
      onLog,
      onIdle,
      onExit,
    });
    goodUntil.set(environment, until);
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
      pids: [...goodUntil.keys()].flatMap(({ pid }) => pid ?? []),
      idle: idle.length,
    }),
    async close() {
      closed = true;
      const exits = [...goodUntil.keys()].map((environment) => {
        const exit = new Promise<void>((resolve) => exited.set(environment, resolve));
        environment.end();
        return exit;
      });
      await Promise.all(exits);
    },
  };
}
