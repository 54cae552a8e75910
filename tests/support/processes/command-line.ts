// The installed command line as a child process, without the AWS settings of the test's process.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { waitFor } from "../deadline.ts";
import { installPackage } from "./installed-package.ts";
import type { LineService } from "../servers/line-service.ts";

export interface RunOptions {
  /** Standard input. Default: empty. */
  input?: string | Uint8Array;
  variables?: Record<string, string>;
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandLine {
  /** The folder of the project that the package is installed in. */
  project: string;
  bin: string;
  variables: Record<string, string>;
  run(args: string[], options?: RunOptions): Promise<Finished>;
  /** Starts a command and leaves its standard input open. */
  start(args: string[], options?: RunOptions): ChildProcessWithoutNullStreams;
  remove(): Promise<void>;
}

/** `others` are packages to install in the same project. */
export async function installCommandLine(others: string[] = []): Promise<CommandLine> {
  const { project, bin, remove } = await installPackage(others);
  const variables = {
    PATH: process.env["PATH"] ?? "",
    HOME: project,
    AWS_EC2_METADATA_DISABLED: "true",
    // Nothing listens on this port. A command without a URL must not reach a stack that happens to be running.
    DELTAPIPE_URL: "http://127.0.0.1:9/",
  };

  function start(args: string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
    const env = { ...variables, ...options.variables };
    return spawn(process.execPath, [bin, ...args], { cwd: project, env });
  }

  async function run(args: string[], options: RunOptions = {}): Promise<Finished> {
    const child = start(args, options);
    // The command may exit with an error before it has read everything.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    return finish(child);
  }

  return { project, bin, variables, run, start, remove };
}

/** The command line's options for a service. The service's URL does not contain the Region, so there is an option for it. */
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
