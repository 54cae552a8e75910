// The whole of it on one machine: Function URL, Lambda, and Bedrock or what stands in for it.
import { fileURLToPath } from "node:url";
import {
  scriptedModels,
  startBedrock,
  verifyFor,
  type BedrockOptions,
  type BedrockStandIn,
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
  /** Default: any free port. */
  port?: number;
  /** Who may call the Function URL. */
  callers: AwsCredentials[];
  region: string;
  /** The most environments at once, as with reserved concurrency. Default: 10. */
  concurrency?: number;
  bedrock: { kind: "local"; options?: BedrockOptions } | OtherBedrock;
  /** The function's own, over what serverless.yml and the stack set. */
  variables?: Record<string, string>;
  /** In place of what serverless.yml says. */
  service?: Partial<Service>;
  /** A folder that holds the handler's bundle. Default: one that is built from the sources, and kept up to date. */
  taskRoot?: string;
  /** Milliseconds: see the Function URL's option. */
  callerStallMs?: number;
  /** Milliseconds: see Lambda's option. */
  finishingMs?: number;
  /** A line that the function wrote. */
  onLog?: (line: string) => void;
  onRequest?: (report: RequestReport) => void;
}

/** In place of the stand-in: the real one, or what the variables name. */
export interface OtherBedrock {
  kind: "aws";
  /** The function's own, as its role would give them. Absent where the variables hold an API key. */
  credentials: (() => Promise<AwsCredentials>) | undefined;
  /** Such as `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, by which every AWS SDK finds Bedrock. */
  variables?: Record<string, string>;
}

export interface Stack {
  url: string;
  /** Absent with the real Bedrock. */
  bedrock: BedrockStandIn | undefined;
  lambda: Lambda;
  close(): Promise<void>;
}

type Closers = (() => Promise<void>)[];

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Rejects with what went wrong first, such as a port that is taken; nothing is left running then. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const closers: Closers = [];
  async function close(): Promise<void> {
    for (const closer of closers.splice(0).reverse()) await closer();
  }
  try {
    const service = { ...(await readService(root)), ...options.service };
    const { standIn, role } = await openBedrock(options, closers);
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
    return { url: functionUrl.url, bedrock: standIn, lambda, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface OpenBedrock {
  standIn: BedrockStandIn | undefined;
  role: () => Promise<RoleVariables>;
}

async function openBedrock(options: StackOptions, closers: Closers): Promise<OpenBedrock> {
  const { bedrock, region } = options;
  if (bedrock.kind === "aws") {
    const role = async (): Promise<RoleVariables> => {
      const own = bedrock.credentials ? roleVariables(await bedrock.credentials()) : { variables: {} };
      return { ...own, variables: { ...own.variables, ...bedrock.variables } };
    };
    return { standIn: undefined, role };
  }
  const credentials = inventCredentials();
  const standIn = await startBedrock({ credentials, verify: verifyFor(region), ...bedrock.options });
  closers.push(() => standIn.close());
  const ids = Object.keys({ ...scriptedModels, ...bedrock.options?.models });
  const variables = {
    ...roleVariables(credentials).variables,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: standIn.url,
    DELTAPIPE_MODELS: ids.map((id) => `${id}=${id}`).join(","),
  };
  return { standIn, role: async () => ({ variables }) };
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
