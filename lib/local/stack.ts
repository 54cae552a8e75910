// Starts the local stack: Function URL, Lambda, and either the local Bedrock or another Bedrock.
import { fileURLToPath } from "node:url";
import {
  modelsSetting,
  startBedrock,
  verifyFor,
  type BedrockOptions,
  type LocalBedrock,
} from "./bedrock/index.ts";
import { createBundle } from "./bundle.ts";
import {
  inventCredentials,
  roleVariables,
  type AwsCredentials,
  type RoleVariables,
} from "./execution-role.ts";
import { startFunctionUrl, type RequestReport } from "./function-url/index.ts";
import { createLambda, type Lambda } from "./lambda/index.ts";
import { readService, type Service } from "./service-file.ts";

export interface StackOptions {
  /** Default: 0, any free port. */
  port?: number;
  /** The credentials that may call the Function URL. */
  callers: AwsCredentials[];
  region: string;
  /** The maximum number of execution environments, like reserved concurrency. Default: 10. */
  concurrency?: number;
  bedrock: { kind: "local"; options?: BedrockOptions } | OtherBedrock;
  /** The function's settings. They override the ones in serverless.yml and the stack's own. */
  variables?: Record<string, string>;
  /** Overrides what serverless.yml says. */
  service?: Partial<Service>;
  /** A folder with the handler's bundle. Default: built from the sources and kept up to date. */
  taskRoot?: string;
  /** Milliseconds: see the option of `startFunctionUrl`. */
  callerStallMs?: number;
  /** Milliseconds: see the option of `createLambda`. */
  finishingMs?: number;
  /** Called with each line that the function writes. */
  onLog?: (line: string) => void;
  onRequest?: (report: RequestReport) => void;
}

/** The real Bedrock, or another endpoint that the variables name, instead of the local Bedrock. */
export interface OtherBedrock {
  kind: "aws";
  /** The credentials of the function's role. Undefined if the variables hold an API key. */
  credentials: (() => Promise<AwsCredentials>) | undefined;
  /** For example `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, with which every AWS SDK finds Bedrock. */
  variables?: Record<string, string>;
}

export interface Stack {
  url: string;
  /** Undefined with another Bedrock. */
  bedrock: LocalBedrock | undefined;
  lambda: Lambda;
  close(): Promise<void>;
}

type Closers = (() => Promise<void>)[];

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Rejects with the first error, such as a port that is taken, after it has closed what was already running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const closers: Closers = [];
  async function close(): Promise<void> {
    for (const closer of closers.splice(0).reverse()) await closer();
  }
  try {
    const service = { ...(await readService(root)), ...options.service };
    const { localBedrock, role } = await openBedrock(options, closers);
    const lambda = await openLambda(options, service, closers, role);
    const functionUrl = await startFunctionUrl({
      invoke: (invocation) => lambda.invoke(invocation),
      credentials: (id) => options.callers.find(({ accessKeyId }) => accessKeyId === id),
      region: options.region,
      port: options.port ?? 0,
      ...(service.cors && { cors: service.cors }),
      ...(options.callerStallMs !== undefined && { callerStallMs: options.callerStallMs }),
      ...(options.onRequest && { onRequest: options.onRequest }),
    });
    closers.push(() => functionUrl.close());
    return { url: functionUrl.url, bedrock: localBedrock, lambda, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface OpenBedrock {
  localBedrock: LocalBedrock | undefined;
  role: () => Promise<RoleVariables>;
}

async function openBedrock(options: StackOptions, closers: Closers): Promise<OpenBedrock> {
  const { bedrock, region } = options;
  if (bedrock.kind === "aws") {
    const role = async (): Promise<RoleVariables> => {
      const own = bedrock.credentials ? roleVariables(await bedrock.credentials()) : { variables: {} };
      return { ...own, variables: { ...own.variables, ...bedrock.variables } };
    };
    return { localBedrock: undefined, role };
  }
  const credentials = inventCredentials();
  const localBedrock = await startBedrock({ credentials, verify: verifyFor(region), ...bedrock.options });
  closers.push(() => localBedrock.close());
  const variables = {
    ...roleVariables(credentials).variables,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: localBedrock.url,
    DELTAPIPE_MODELS: modelsSetting(bedrock.options),
  };
  return { localBedrock, role: async () => ({ variables }) };
}

async function openLambda(
  options: StackOptions,
  service: Service,
  closers: Closers,
  role: () => Promise<RoleVariables>,
): Promise<Lambda> {
  const { region, taskRoot, concurrency = 10, onLog = () => undefined } = options;
  let code = async (): Promise<string> => taskRoot ?? root;
  if (taskRoot === undefined) {
    const bundle = await createBundle(root, service.handler);
    closers.push(() => bundle.close());
    await bundle.code();
    code = () => bundle.code();
  }
  const arn = `arn:aws:lambda:${region}:123456789012:function:${service.name}`;
  const lambda = createLambda({
    function: { ...service, arn },
    code,
    variables: async () => {
      const { variables, ...rest } = await role();
      const regions = { AWS_REGION: region, AWS_DEFAULT_REGION: region };
      return { ...rest, variables: { ...regions, ...service.variables, ...variables, ...options.variables } };
    },
    concurrency,
    ...(options.finishingMs !== undefined && { finishingMs: options.finishingMs }),
    onLog,
  });
  closers.push(() => lambda.close());
  return lambda;
}
