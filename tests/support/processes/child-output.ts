// Collects the output of a child process, and waits for text in it.
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { waitFor } from "../deadline.ts";

export interface ChildOutput {
  /** Standard output and standard error so far, in the order of arrival. */
  output(): string;
  /** Resolves when the output matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when both streams have closed: with the exit code, or with null if a signal ended the process. */
  exit: Promise<number | null>;
}

/** Call this before the child prints anything. */
export function collectOutput(child: ChildProcessWithoutNullStreams): ChildOutput {
  let output = "";
  let onOutput = (): void => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput();
    });
  }
  return {
    output: () => output,
    until(pattern) {
      const found = new Promise<RegExpExecArray>((resolve) => {
        onOutput = () => {
          const match = pattern.exec(output);
          if (match) resolve(match);
        };
        onOutput();
      });
      return waitFor(`${pattern} in the output`, found);
    },
    exit: waitFor(
      "The exit",
      once(child, "close").then(([code]) => code as number | null),
    ),
  };
}
