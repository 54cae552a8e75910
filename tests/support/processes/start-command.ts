// Runs `npm start` as a child process for a test that reads its output.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { collectOutput, type ChildOutput } from "./child-output.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const services = ["--port", "--websocket-port", "--appsync-port", "--page-port"];
/** Options that choose free ports. They fit a start with any Bedrock. */
export const servicePorts = services.flatMap((name) => [name, "0"]);
/** The same options, and one that chooses a free port for the local Bedrock. */
export const anyPorts = [...servicePorts, "--bedrock-port", "0"];

export interface StartCommandOptions {
  cwd?: string;
  variables?: Record<string, string>;
  /** The program and its first arguments. Default: Node and the script that `npm start` runs. */
  command?: [string, ...string[]];
}

export interface StartedStack extends ChildOutput {
  pid: number;
  signal(name: NodeJS.Signals): void;
}

/** The process is killed at the end of the test. */
export function start(args: string[], options: StartCommandOptions = {}): StartedStack {
  const { cwd = root, variables, command = [process.execPath, "scripts/start/start.js"] } = options;
  const [program, ...words] = command;
  const child = spawn(program, [...words, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true", ...variables },
    // A shell in a terminal also starts each command in a process group of its own.
    detached: true,
  });
  onTestFinished(() => signalGroup(child.pid!, "SIGKILL"));
  return { pid: child.pid!, ...collectOutput(child), signal: (name) => child.kill(name) };
}

/** Sends the signal to each process of the group, as Ctrl-C in a terminal does. */
export function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    // ESRCH: all processes of the group have ended.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
