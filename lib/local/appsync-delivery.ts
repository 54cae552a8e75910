// Starts the AppSync function and its services: the GraphQL API with the deployed schema and resolvers, and an event queue.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import {
  startAppSync,
  type ApiDescription,
  type AppSyncLimits,
  type AppSyncReport,
} from "./appsync/index.ts";
import type { AwsCredentials } from "./execution-role.ts";
import { createEventQueue } from "./lambda/index.ts";
import { createLocalFunction, type LocalFunction, type LocalFunctionOptions } from "./local-function.ts";
import { createSigningRole } from "./signing-role.ts";
import { createTraceId } from "./trace-id.ts";

export interface AppSyncDeliveryOptions extends LocalFunctionOptions {
  callers: AwsCredentials[];
  apiKey: string;
  port: number;
  limits?: Partial<AppSyncLimits>;
  onReport?: (report: AppSyncReport) => void;
}

export interface AppSyncDelivery {
  /** For queries and mutations. */
  url: string;
  /** For subscriptions. */
  realTimeUrl: string;
  lambda: LocalFunction;
  close(): Promise<void>;
}

const require = createRequire(import.meta.url);
const { appSyncApi } = require("../appsync/index.cjs") as {
  appSyncApi: (callers: { apiKey: boolean; users: "none" }) => ApiDescription;
};

/** The fields that each kind of caller may use, as in the policies in lib/deployment. */
const permitted = {
  role: ["Mutation.publish"],
  callers: ["Mutation.startConversation", "Subscription.onMessage"],
};

/** Rejects with Node's error if the port is taken. */
export async function startAppSyncDelivery(options: AppSyncDeliveryOptions): Promise<AppSyncDelivery> {
  const { settings, onLog, callers, apiKey, port, limits, onReport } = options;
  const role = createSigningRole(options.variables);
  const queue = createEventQueue({
    invoke: (invocation) => lambda.invoke(invocation),
    maximumAgeMs: settings.maximumEventAgeSeconds * 1000,
    onLog,
  });
  const api = await startAppSync({
    api: appSyncApi({ apiKey: true, users: "none" }),
    apiKey,
    callers: (id) => callers.find(({ accessKeyId }) => accessKeyId === id),
    role: role.credentials,
    permits: ({ accessKeyId }, field) =>
      permitted[role.credentials(accessKeyId) ? "role" : "callers"].includes(field),
    region: options.region,
    invokeLater: (event) => queue.push({ requestId: randomUUID(), traceId: createTraceId(), event }),
    port,
    ...(limits && { limits }),
    ...(onReport && { onReport }),
  });
  const lambda = createLocalFunction({
    ...options,
    variables: async () => {
      const { variables, ...rest } = await role.variables();
      return { ...rest, variables: { ...variables, DELTAPIPE_APPSYNC_ENDPOINT: api.url } };
    },
  });
  return {
    url: api.url,
    realTimeUrl: api.realTimeUrl,
    lambda,
    async close() {
      await api.close();
      queue.close();
      await lambda.close();
    },
  };
}
