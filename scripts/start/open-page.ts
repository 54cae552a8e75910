// Starts the page of the local stack, with descriptions of the local Bedrock's models.
import type { DescribedModel } from "../../lib/command-line/page/page-service.ts";
import { type StartedPage, startPage } from "../../lib/command-line/page/start-page.ts";
import { scriptedModels, type ScriptedModel } from "../../lib/local/bedrock/index.ts";
import type { AwsCredentials } from "../../lib/local/execution-role.ts";

export interface PageSettings {
  url: string;
  webSocketUrl: string;
  appSyncUrl: string;
  region: string;
  credentials: AwsCredentials;
  port: number;
  /** The models of the model server, by their ids. Undefined if the local Bedrock is not used. */
  servedModels: Record<string, ScriptedModel> | undefined;
  /** Called with the stack trace of an unexpected error. */
  onBug: (stack: string) => void;
}

/** Rejects with the errors of `startPage`. */
export function openPage(settings: PageSettings): Promise<StartedPage> {
  const { url, webSocketUrl, appSyncUrl, region, credentials, port, servedModels, onBug } = settings;
  return startPage({
    url: new URL(url),
    webSocketUrl: new URL(webSocketUrl),
    appSyncUrl: new URL(appSyncUrl),
    region,
    credentials,
    port,
    models: servedModels ? describedModels(servedModels) : [],
    // Other reports are not needed, because the stack prints a line for each request.
    onRequest: ({ bug }) => {
      if (bug instanceof Error) onBug(String(bug.stack));
    },
  });
}

function describedModels(servedModels: Record<string, ScriptedModel>): DescribedModel[] {
  return Object.entries({ ...servedModels, ...scriptedModels }).map(([name, { description, becomes }]) => ({
    name,
    description,
    ...(Object.hasOwn(servedModels, name) && { isServed: true }),
    ...(becomes !== undefined && { becomes }),
  }));
}
