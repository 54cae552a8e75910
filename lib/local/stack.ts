// Starts the local stack: Function URL, WebSocket API, GraphQL API, Lambda, DynamoDB if answers are kept, and the local Bedrock
// unless another Bedrock is used.
import { fileURLToPath } from "node:url";
import { startAppSyncDelivery } from "./appsync-delivery.ts";
import { modelsSetting, startBedrock, verifyFor, type LocalBedrock } from "./bedrock/index.ts";
import { inventCredentials, roleVariables, type RoleVariables } from "./execution-role.ts";
import { startFunctionUrl } from "./function-url/index.ts";
import type { Lambda } from "./lambda/index.ts";
import { startAnswerStore, type LocalAnswerTable } from "./local-answer-store.ts";
import { createLocalFunction } from "./local-function.ts";
import { readService, type FunctionSettings } from "./service-file.ts";
import type { DeliveryOptions, StackOptions } from "./stack-options.ts";
import { startWebSocketDelivery } from "./websocket-delivery.ts";

export type { StackOptions } from "./stack-options.ts";

export interface Stack {
  url: string;
  /** Such as `ws://127.0.0.1:9002/v1`. */
  webSocketUrl: string;
  /** For the GraphQL API's HTTP requests, such as `http://127.0.0.1:9003/graphql`. */
  appSyncUrl: string;
  /** For the GraphQL API's real-time connections, such as `ws://127.0.0.1:9003/graphql`. */
  appSyncRealTimeUrl: string;
  appSyncApiKey: string;
  /** Undefined if the stack uses another Bedrock. */
  bedrock: LocalBedrock | undefined;
  /** Undefined if the functions keep no answers. */
  answerTable: LocalAnswerTable | undefined;
  lambda: Lambda;
  /** Runs the WebSocket function. */
  webSocketLambda: Lambda;
  /** Runs the AppSync function. */
  appSyncLambda: Lambda;
  close(): Promise<void>;
}

type Closers = (() => Promise<void>)[];

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Rejects with the first error, such as a port that is taken, after it has closed what was already running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  /** The local Bedrock and the local DynamoDB are closed after the services that call them. */
  const closers: Closers = [];
  const services: Closers = [];
  async function close(): Promise<void> {
    await Promise.all(services.splice(0).map((closer) => closer()));
    for (const closer of closers.splice(0)) await closer();
  }
  try {
    const service = { ...(await readService(root, parametersOf(options))), ...options.service };
    const { localBedrock, role: ofBedrock } = await openBedrock(options, closers);
    const { answerTable, role } = await openAnswerStore(options, ofBedrock, closers);
    const shared = { ...functionOptions(options), bedrockClient: service.bedrockClient };
    const lambda = createLocalFunction({
      ...shared,
      settings: service,
      taskRoot: options.taskRoot,
      variables: variablesFor(service, role, options),
    });
    let functionUrl: Awaited<ReturnType<typeof startFunctionUrl>> | undefined;
    services.push(async () => {
      await functionUrl?.close();
      await lambda.close();
    });
    await lambda.build();
    functionUrl = await startFunctionUrl({
      invoke: (invocation) => lambda.invoke(invocation),
      credentials: (id) => options.callers.find(({ accessKeyId }) => accessKeyId === id),
      region: options.region,
      port: options.port ?? 0,
      ...(service.cors && { cors: service.cors }),
      ...(options.callerStallMs !== undefined && { callerStallMs: options.callerStallMs }),
      ...(options.onRequest && { onRequest: options.onRequest }),
    });
    /** Makes the options of the WebSocket function or the AppSync function. */
    const delivery = <Given extends DeliveryOptions>(defaults: FunctionSettings, given: Given) => {
      const settings = { ...defaults, ...given.settings };
      const { callers } = options;
      const { port = 0, taskRoot } = given;
      const variables = variablesFor(settings, role, options);
      return { ...shared, ...given, settings, taskRoot, port, variables, callers };
    };
    const webSocket = await startWebSocketDelivery(delivery(service.webSocket, { ...options.webSocket }));
    services.push(() => webSocket.close());
    const { apiKey = "da2-local", ...appSyncOptions } = options.appSync ?? {};
    const appSync = await startAppSyncDelivery({ ...delivery(service.appSync, appSyncOptions), apiKey });
    services.push(() => appSync.close());
    return {
      url: functionUrl.url,
      webSocketUrl: webSocket.url,
      appSyncUrl: appSync.url,
      appSyncRealTimeUrl: appSync.realTimeUrl,
      appSyncApiKey: apiKey,
      bedrock: localBedrock,
      answerTable,
      lambda,
      webSocketLambda: webSocket.lambda,
      appSyncLambda: appSync.lambda,
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

/** Returns the role's variables, with those of the answer store if there is one. */
async function openAnswerStore(
  { answerStore, region }: StackOptions,
  role: OpenBedrock["role"],
  closers: Closers,
): Promise<Pick<OpenBedrock, "role"> & Pick<Stack, "answerTable">> {
  if (!answerStore) return { role, answerTable: undefined };
  const store = await startAnswerStore(answerStore, { region, role });
  closers.push(() => store.close());
  return { role: store.variables, answerTable: store.table };
}

/** The parameters of serverless.yml that follow from the options. */
function parametersOf({ answerStore }: StackOptions): Record<string, string> {
  return answerStore ? { answerRetentionMinutes: String(answerStore.retentionMinutes ?? 60) } : {};
}

/** The options that the functions have in common. */
function functionOptions(options: StackOptions) {
  const { region, concurrency = 10, finishingMs, nodeExecutable, onLog = () => undefined } = options;
  return {
    root,
    region,
    concurrency,
    ...(finishingMs !== undefined && { finishingMs }),
    ...(nodeExecutable !== undefined && { nodeExecutable }),
    answerStore: options.answerStore !== undefined,
    onLog,
  };
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
