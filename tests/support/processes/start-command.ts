// `npm start` in a process of its own, for a test that reads its output.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { waitFor } from "../deadline.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const anyPorts = ["--port", "0", "--bedrock-port", "0"];

export interface StartOptions {
  cwd?: string;
  variables?: Record<string, string>;
  /** Default: Node with the script itself. */
  command?: [string, ...string[]];
}

export interface Run {
  pid: number;
  output(): string;
  until(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  exit: Promise<number | null>;
}

/** It ends with the test, at the latest. */
export function start(args: string[], options: StartOptions = {}): Run {
  const { cwd = root, variables, command = [process.execPath, "scripts/start/start.js"] } = options;
  const [program, ...words] = command;
  const child = spawn(program, [...words, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true", ...variables },
    // A process group of its own, as a shell in a terminal gives each command.
    detached: true,
  });
  onTestFinished(() => signalGroup(child.pid!, "SIGKILL"));
  let output = "";
  let check = (): void => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      check();
    });
  }
  const exit = once(child, "close").then(([code]) => code as number | null);
  return {
    pid: child.pid!,
    output: () => output,
    until(pattern) {
      const found = new Promise<RegExpExecArray>((resolve) => {
        check = () => {
          const match = pattern.exec(output);
          if (match) resolve(match);
        };
        check();
      });
      return waitFor(`${pattern} in the output`, found);
    },
    signal: (name) => child.kill(name),
    exit: waitFor("The exit", exit),
  };
}

/** Sends the signal to each process of the group, as Ctrl-C in a terminal does. */
export function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    // All of them have ended.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
