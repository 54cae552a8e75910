// Starts the local stack: Function URL, WebSocket API, Lambda, and either the local Bedrock or another Bedrock.
import { fileURLToPath } from "node:url";
import { modelsSetting, startBedrock, verifyFor, type LocalBedrock } from "./bedrock/index.ts";
import { inventCredentials, roleVariables, type RoleVariables } from "./execution-role.ts";
import { startFunctionUrl } from "./function-url/index.ts";
import type { Lambda } from "./lambda/index.ts";
import { createLocalFunction } from "./local-function.ts";
import { readService, type FunctionSettings } from "./service-file.ts";
import type { StackOptions } from "./stack-options.ts";
import { startWebSocketDelivery } from "./websocket-delivery.ts";

export type { StackOptions } from "./stack-options.ts";

export interface Stack {
  url: string;
  /** Such as `ws://127.0.0.1:9002/v1`. */
  webSocketUrl: string;
  /** Undefined with another Bedrock. */
  bedrock: LocalBedrock | undefined;
  lambda: Lambda;
  /** Runs the WebSocket function. */
  webSocketLambda: Lambda;
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
    const shared = functionOptions(options);
    const lambda = createLocalFunction({
      ...shared,
      settings: service,
      taskRoot: options.taskRoot,
      variables: variablesFor(service, role, options),
    });
    closers.push(() => lambda.close());
    await lambda.build();
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
    const { settings, taskRoot, port = 0, ...webSocketOptions } = options.webSocket ?? {};
    const webSocket = { ...service.webSocket, ...settings };
    const delivery = await startWebSocketDelivery({
      ...shared,
      ...webSocketOptions,
      settings: webSocket,
      taskRoot,
      variables: variablesFor(webSocket, role, options),
      callers: options.callers,
      port,
    });
    closers.push(() => delivery.close());
    return {
      url: functionUrl.url,
      webSocketUrl: delivery.url,
      bedrock: localBedrock,
      lambda,
      webSocketLambda: delivery.lambda,
      close,
    };
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

/** The options that the functions have in common. */
function functionOptions({ region, concurrency = 10, finishingMs, onLog = () => undefined }: StackOptions) {
  return { root, region, concurrency, ...(finishingMs !== undefined && { finishingMs }), onLog };
}

function variablesFor(
  settings: FunctionSettings,
  role: () => Promise<RoleVariables>,
  options: Pick<StackOptions, "variables">,
) {
  return async (): Promise<RoleVariables> => {
    const { variables, ...rest } = await role();
    return { ...rest, variables: { ...settings.variables, ...variables, ...options.variables } };
  };
}
