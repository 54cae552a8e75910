// Starts the WebSocket function and its services: the WebSocket API, Lambda's Invoke operation, and an event queue.
import type { AwsCredentials } from "./execution-role.ts";
import { createEventQueue, startInvokeApi } from "./lambda/index.ts";
import { createLocalFunction, type LocalFunction, type LocalFunctionOptions } from "./local-function.ts";
import { createSigningRole } from "./signing-role.ts";
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

/** Rejects with Node's error if the port is taken. */
export async function startWebSocketDelivery(options: WebSocketDeliveryOptions): Promise<WebSocketDelivery> {
  const { settings, region, onLog } = options;
  const role = createSigningRole(options.variables);
  const lambda = createLocalFunction({
    ...options,
    variables: async () => {
      const { variables, ...rest } = await role.variables();
      const endpoints = {
        DELTAPIPE_WEBSOCKET_ENDPOINT: api.managementUrl,
        AWS_ENDPOINT_URL_LAMBDA: invokeApi.url,
      };
      return { ...rest, variables: { ...variables, ...endpoints } };
    },
  });
  const invoke: LocalFunction["invoke"] = (invocation) => lambda.invoke(invocation);
  const queue = createEventQueue({
    invoke,
    maximumAgeMs: settings.maximumEventAgeSeconds * 1000,
    onLog,
  });
  const invokeApi = await startInvokeApi({
    region,
    credentials: role.credentials,
    queues: { [settings.name]: queue },
  });
  // Started last: a client that has been waiting for the port connects at once, and then the function needs the other parts.
  const api = await startWebSocketApi({
    invoke,
    callers: (id) => options.callers.find(({ accessKeyId }) => accessKeyId === id),
    role: role.credentials,
    region,
    // The same routes as in lib/deployment. `$disconnect` is not needed: after a caller has left, the function's next message to
    // the caller fails.
    routes: ["$connect", "$default"],
    port: options.port,
    ...(options.limits && { limits: options.limits }),
    ...(options.onConnection && { onConnection: options.onConnection }),
  }).catch(async (error: unknown) => {
    await invokeApi.close();
    throw error;
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
