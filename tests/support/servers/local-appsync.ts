// A local AppSync with the deployed schema and resolvers. It invokes no function, but records the events for the function.
import { createRequire } from "node:module";
import { onTestFinished } from "vitest";
import type {
  ApiDescription,
  AppSyncOptions,
  AppSyncReport,
} from "../../../lib/local/appsync/appsync-options.ts";
import { startAppSync, type LocalAppSync } from "../../../lib/local/appsync/index.ts";
import { knownKeys } from "../requests/signing.ts";

const require = createRequire(import.meta.url);
const { appSyncApi } = require("../../../lib/appsync/index.cjs") as {
  appSyncApi: (callers: { apiKey: boolean; users: string }) => ApiDescription;
};

export interface TestAppSync extends LocalAppSync {
  /** The events that the function would have got. */
  events: { job: Record<string, unknown> }[];
  reports: AppSyncReport[];
}

/** The credentials of the function's role. */
export const role = { accessKeyId: "ASIAROLE", secretAccessKey: "role-secret", sessionToken: "role-token" };
/** Two callers in IAM, and the holder of the API key. */
export const ida = { accessKeyId: "AKIDLOCAL", secretAccessKey: "local-secret" };
export const bob = {
  accessKeyId: "ASIATEMPORARY",
  secretAccessKey: "temporary-secret",
  sessionToken: "token/+=1",
};
export const key = { apiKey: "da2-tests" };

export const idaArn = "arn:aws:iam::123456789012:user/AKIDLOCAL";

export async function startApi(
  options: Partial<AppSyncOptions> & { apiKey?: string } = {},
): Promise<TestAppSync> {
  const events: TestAppSync["events"] = [];
  const reports: AppSyncReport[] = [];
  const allowed = ["Mutation.startConversation", "Subscription.onMessage"];
  const api = await startAppSync({
    api: appSyncApi({ apiKey: true, users: "none" }),
    ...key,
    region: "us-east-1",
    callers: (accessKeyId) => knownKeys[accessKeyId],
    role: (accessKeyId) => (accessKeyId === role.accessKeyId ? role : undefined),
    permits: ({ accessKeyId }, field) =>
      accessKeyId === role.accessKeyId ? field === "Mutation.publish" : allowed.includes(field),
    invokeLater: (event) => events.push(event as TestAppSync["events"][number]),
    onReport: (report) => reports.push(report),
    ...options,
  });
  onTestFinished(() => api.close());
  return { ...api, events, reports };
}
