// The command line as a shell runs it: a process of its own, with nothing of this one's AWS settings.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { waitFor } from "../deadline.ts";
import { installPackage } from "./installed-package.ts";
import type { LineService } from "../servers/line-service.ts";

export interface RunOptions {
  /** Standard input; it ends at once if there is none. */
  input?: string | Uint8Array;
  variables?: Record<string, string>;
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandLine {
  /** The project that it is installed in. */
  project: string;
  bin: string;
  variables: Record<string, string>;
  run(args: string[], options?: RunOptions): Promise<Finished>;
  /** Leaves standard input open. */
  start(args: string[], options?: RunOptions): ChildProcessWithoutNullStreams;
  remove(): Promise<void>;
}

/** `others` are packages that are installed beside it. */
export async function installCommandLine(others: string[] = []): Promise<CommandLine> {
  const { project, bin, remove } = await installPackage(others);
  const variables = {
    PATH: process.env["PATH"] ?? "",
    HOME: project,
    AWS_EC2_METADATA_DISABLED: "true",
    // Nothing listens there: who names no URL must not reach a stack that happens to run.
    DELTAPIPE_URL: "http://127.0.0.1:9/",
  };

  function start(args: string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
    const env = { ...variables, ...options.variables };
    return spawn(process.execPath, [bin, ...args], { cwd: project, env });
  }

  async function run(args: string[], options: RunOptions = {}): Promise<Finished> {
    const child = start(args, options);
    // It may refuse its options before it has read everything.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    return finish(child);
  }

  return { project, bin, variables, run, start, remove };
}

/** The options that name a service, whose Region its URL does not tell. */
export function targetOf({ options }: LineService): string[] {
  return ["--url", options.url, "--region", options.region];
}

export async function finish(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await waitFor("The end of the command", once(child, "close"))) as [number | null];
  return { code, stdout, stderr };
}
