// Starts what the WebSocket function needs around it: the WebSocket API, Lambda's Invoke operation, and its event queue.
import {
  inventCredentials,
  roleVariables,
  type AwsCredentials,
  type RoleVariables,
} from "./execution-role.ts";
import { createEventQueue, startInvokeApi } from "./lambda/index.ts";
import { createLocalFunction, type LocalFunction, type LocalFunctionOptions } from "./local-function.ts";
import { startWebSocketApi, type ConnectionReport, type WebSocketLimits } from "./websocket-api/index.ts";

export interface WebSocketDeliveryOptions extends LocalFunctionOptions {
  callers: AwsCredentials[];
  port: number;
  limits?: Partial<WebSocketLimits>;
  onConnection?: (report: ConnectionReport) => void;
}

export interface WebSocketDelivery {
  url: string;
  lambda: LocalFunction;
  close(): Promise<void>;
}

/** Rejects with Node's error if the port is taken, after it has closed what was already running. */
export async function startWebSocketDelivery(options: WebSocketDeliveryOptions): Promise<WebSocketDelivery> {
  const { settings, region, onLog } = options;
  const role = createSigningRole(options.variables);
  const invokeLater: LocalFunction["invoke"] = (invocation) => lambda.invoke(invocation);
  const api = await startWebSocketApi({
    invoke: invokeLater,
    callers: (id) => options.callers.find(({ accessKeyId }) => accessKeyId === id),
    role: role.credentials,
    region,
    // Those in lib/deployment. A caller who has left is noticed when the next message is sent.
    routes: ["$connect", "$default"],
    port: options.port,
    ...(options.limits && { limits: options.limits }),
    ...(options.onConnection && { onConnection: options.onConnection }),
  });
  const queue = createEventQueue({
    invoke: invokeLater,
    maximumAgeMs: settings.maximumEventAgeSeconds * 1000,
    onLog,
  });
  const invokeApi = await startInvokeApi({
    region,
    credentials: role.credentials,
    queues: { [settings.name]: queue },
  });
  const endpoints = {
    DELTAPIPE_WEBSOCKET_ENDPOINT: api.managementUrl,
    AWS_ENDPOINT_URL_LAMBDA: invokeApi.url,
  };
  const lambda = createLocalFunction({
    ...options,
    variables: async () => {
      const { variables, ...rest } = await role.variables();
      return { ...rest, variables: { ...variables, ...endpoints } };
    },
  });
  return {
    url: api.url,
    lambda,
    async close() {
      await api.close();
      queue.close();
      await lambda.close();
      await invokeApi.close();
    },
  };
}

interface SigningRole {
  variables: () => Promise<RoleVariables>;
  /** Of all credentials that `variables` has ever returned, because execution environments keep theirs. */
  credentials: (accessKeyId: string) => AwsCredentials | undefined;
}

/** A function that calls Bedrock with an API key also has to sign what it sends to API Gateway and Lambda. */
function createSigningRole(variables: () => Promise<RoleVariables>): SigningRole {
  const known = new Map<string, AwsCredentials>();
  const invented = roleVariables(inventCredentials()).variables;
  return {
    async variables() {
      const found = await variables();
      const isSigning = found.variables["AWS_ACCESS_KEY_ID"] !== undefined;
      const complete = isSigning ? found.variables : { ...found.variables, ...invented };
      const accessKeyId = complete["AWS_ACCESS_KEY_ID"]!;
      const sessionToken = complete["AWS_SESSION_TOKEN"];
      known.set(accessKeyId, {
        accessKeyId,
        secretAccessKey: complete["AWS_SECRET_ACCESS_KEY"]!,
        ...(sessionToken !== undefined && { sessionToken }),
      });
      return { ...found, variables: complete };
    },
    credentials: (accessKeyId) => known.get(accessKeyId),
  };
}
