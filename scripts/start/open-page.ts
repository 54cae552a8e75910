// Starts the page of the local stack, with descriptions of the scripted models.
import { type StartedPage, startPage } from "../../lib/command-line/page/start-page.ts";
import { scriptedModels } from "../../lib/local/bedrock/index.ts";
import type { AwsCredentials } from "../../lib/local/execution-role.ts";

export interface PageSettings {
  url: string;
  webSocketUrl: string;
  region: string;
  credentials: AwsCredentials;
  port: number;
  /** Whether Bedrock is the local one, whose models are scripted. */
  isScripted: boolean;
  /** Called with the stack of an unexpected error. */
  onBug: (stack: string) => void;
}

/** Rejects as `startPage` does. */
export function openPage(settings: PageSettings): Promise<StartedPage> {
  const { url, webSocketUrl, region, credentials, port, isScripted, onBug } = settings;
  return startPage({
    url: new URL(url),
    webSocketUrl: new URL(webSocketUrl),
    region,
    credentials,
    port,
    models: isScripted ? describedModels() : [],
    // The stack prints a line for each request already.
    onRequest: ({ bug }) => {
      if (bug instanceof Error) onBug(String(bug.stack));
    },
  });
}

function describedModels() {
  return Object.entries(scriptedModels).map(([name, { description, becomes }]) => ({
    name,
    description,
    ...(becomes !== undefined && { becomes }),
  }));
}
