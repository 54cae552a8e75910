// Runs one function of serverless.yml: its bundle, kept up to date, in execution environments of its own.
import { createBundle, type BedrockClient, type Bundle } from "./bundle.ts";
import type { RoleVariables } from "./execution-role.ts";
import { createLambda, type Lambda } from "./lambda/index.ts";
import type { FunctionSettings } from "./service-file.ts";

export interface LocalFunctionOptions {
  settings: FunctionSettings;
  /** The folder of serverless.yml. */
  root: string;
  bedrockClient: BedrockClient;
  /** Whether the function keeps answers. */
  answerStore: boolean;
  /** A folder with the handler's bundle. Default: built from the sources when it is first needed, and kept up to date. */
  taskRoot: string | undefined;
  region: string;
  /** The variables of the function and its role. */
  variables: () => Promise<RoleVariables>;
  concurrency: number;
  finishingMs?: number;
  nodeExecutable?: string;
  onLog: (line: string) => void;
}

export interface LocalFunction extends Lambda {
  /** Builds the bundle now, unless the option `taskRoot` is set. Rejects with `FunctionFailed` if the build fails. */
  build(): Promise<void>;
}

export function createLocalFunction(options: LocalFunctionOptions): LocalFunction {
  const { settings, root, bedrockClient, answerStore, taskRoot, region } = options;
  let bundle: Promise<Bundle> | undefined;

  async function code(): Promise<string> {
    if (taskRoot !== undefined) return taskRoot;
    bundle ??= createBundle({ root, handler: settings.handler, bedrockClient, answerStore });
    return (await bundle).code();
  }

  const lambda = createLambda({
    function: { ...settings, arn: `arn:aws:lambda:${region}:123456789012:function:${settings.name}` },
    code,
    variables: async () => {
      const { variables, ...rest } = await options.variables();
      return { ...rest, variables: { AWS_REGION: region, AWS_DEFAULT_REGION: region, ...variables } };
    },
    concurrency: options.concurrency,
    ...(options.finishingMs !== undefined && { finishingMs: options.finishingMs }),
    ...(options.nodeExecutable !== undefined && { nodeExecutable: options.nodeExecutable }),
    onLog: options.onLog,
  });
  return {
    ...lambda,
    async build() {
      await code();
    },
    async close() {
      await lambda.close();
      await (await bundle)?.close();
    },
  };
}
