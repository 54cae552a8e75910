// Starts the process of an execution environment (AWS's runtime client or a custom runtime) with the variables that Lambda sets.
import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { devNull } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { RuntimeApi } from "./runtime-api.ts";

export interface FunctionDescription {
  name: string;
  arn: string;
  /** In the form of serverless.yml: `handlers/function-url.handler`. */
  handler: string;
  /** Megabytes. Limits the heap and, on systems with /proc, the whole process, as on Lambda. */
  memorySize: number;
  timeoutSeconds: number;
}

export interface ProcessOptions {
  function: FunctionDescription;
  /** The folder with the handler's bundle. */
  taskRoot: string;
  /** Region, credentials and the function's settings. The variables that Lambda itself sets are added. */
  variables: Record<string, string>;
  runtimeApi: Pick<RuntimeApi, "address" | "key">;
  /** Called with each line that the function or the runtime client writes. */
  onLog: (line: string) => void;
  /** Default: the current Node executable. */
  nodeExecutable?: string;
  /**
   * The path of a custom runtime's program, which runs instead of Node and AWS's runtime client.
   * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
   */
  bootstrap?: string;
}

const runtimeClient = createRequire(import.meta.url).resolve("aws-lambda-ric");
const preload = fileURLToPath(new URL("runtime-client-preload.cjs", import.meta.url));

export function spawnRuntime(options: ProcessOptions): ChildProcess {
  const [command, args] = commandOf(options);
  const child = spawn(command, args, {
    cwd: options.taskRoot,
    env: variablesOf(options),
    stdio: ["ignore", "pipe", "pipe"],
    // A separate process group, so that Ctrl-C reaches only the stack, which then ends its execution environments.
    detached: process.platform !== "win32",
  });
  // If the system has no file descriptor left, the child has no outputs, and an "error" event follows.
  for (const output of [child.stdout, child.stderr] as (Readable | null)[]) {
    if (output) createInterface({ input: output }).on("line", options.onLog);
  }
  return child;
}

function commandOf({
  bootstrap,
  nodeExecutable = process.execPath,
  ...options
}: ProcessOptions): [string, string[]] {
  if (bootstrap !== undefined) return [bootstrap, []];
  const heap = `--max-old-space-size=${Math.floor(options.function.memorySize * 0.9)}`;
  return [nodeExecutable, [heap, "--require", preload, runtimeClient]];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function variablesOf({ function: { name, handler, memorySize }, ...options }: ProcessOptions) {
  return {
    PATH: process.env["PATH"] ?? "",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_FORMAT: "JSON",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    LAMBDA_TASK_ROOT: options.taskRoot,
    _HANDLER: handler,
    // Hide the developer's AWS configuration from the function. An SDK would find it even without HOME.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    ...(options.bootstrap === undefined ? nodeVariables(options) : customRuntimeVariables(options)),
    ...options.variables,
  };
}

type RuntimeApiOptions = Pick<ProcessOptions, "runtimeApi">;

function nodeVariables({ runtimeApi: { address, key } }: RuntimeApiOptions) {
  return {
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_RUNTIME_API: address,
    // Use the runtime client's JavaScript instead of its native addon: see runtime-client-preload.cjs.
    AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: "true",
    LOCAL_RUNTIME_API_KEY: key,
  };
}

/**
 * Nothing can add a header to a custom runtime's requests, so the key is in the path of the address. AWS's runtime
 * client for Rust accepts an address with a path only if it begins with a scheme. On AWS, the variable has neither a
 * scheme nor a path.
 * https://github.com/aws/aws-lambda-rust-runtime/blob/main/lambda-runtime-api-client/src/lib.rs
 */
function customRuntimeVariables({ runtimeApi: { address, key } }: RuntimeApiOptions) {
  return { AWS_LAMBDA_RUNTIME_API: `http://${address}/${key}` };
}
