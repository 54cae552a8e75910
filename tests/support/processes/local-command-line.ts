// The installed command line and a local stack for it to call.
import { onTestFinished } from "vitest";
import {
  type CommandLine,
  type Finished,
  installCommandLine,
  type RunOptions,
  targetOf,
} from "./command-line.ts";
import { type LineExchange, startLineService } from "../servers/line-service.ts";
import type { StackOptions } from "../../../lib/local/stack.ts";
import { startTestStack, type TestStack } from "../servers/local-stack.ts";
import { openTerminal, type Terminal } from "./pseudo-terminal.ts";

export interface LocalCommandLine extends CommandLine {
  stack: TestStack;
  /** Runs `deltapipe ask` against the stack. */
  ask(args: string[], options?: RunOptions): Promise<Finished>;
  /** Runs `deltapipe ask` against a new service with this answer. */
  askService(answer: (exchange: LineExchange) => unknown, args: string[]): Promise<Finished>;
  /** Runs a command in a terminal until the end of the test. The command's default service is the stack. */
  open(line: string, variables?: Record<string, string>): Terminal;
  /** Removes the package and closes the stack. */
  remove(): Promise<void>;
}

export async function startLocalCommandLine(options: Partial<StackOptions> = {}): Promise<LocalCommandLine> {
  const [commandLine, stack] = await Promise.all([installCommandLine(), startTestStack(options)]);
  return {
    ...commandLine,
    stack,
    ask: (args, options) => commandLine.run(["ask", "--url", stack.url, ...args], options),
    async askService(answer, args) {
      const service = await startLineService(answer);
      const finished = await commandLine.run(["ask", ...targetOf(service), ...args]);
      await service.close();
      return finished;
    },
    open(line, variables) {
      const command = `'${process.execPath}' '${commandLine.bin}' ${line}`;
      const terminal = openTerminal(command, {
        ...commandLine.variables,
        DELTAPIPE_URL: stack.url,
        ...variables,
      });
      onTestFinished(() => terminal.kill());
      return terminal;
    },
    async remove() {
      await stack.close();
      await commandLine.remove();
    },
  };
}
