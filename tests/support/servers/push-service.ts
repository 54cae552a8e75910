// A function that sends answers in messages, imported into the test's process with its settings, and the local Bedrock that the
// function calls.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { vi } from "vitest";
import { verifyFor } from "../../../lib/local/bedrock/index.ts";
import {
  startBedrock,
  type BedrockOptions,
  type LocalBedrock,
} from "../../../lib/local/bedrock/start-bedrock.ts";
import { startDynamoDb } from "../../../lib/local/dynamodb/index.ts";
import type { RequestRecord } from "../../../lib/stream/log.ts";
import { scaled, waitFor } from "../deadline.ts";
import { findFault } from "../requests/wire-verifier.ts";
import { startFaultyTable, type FaultyTable } from "./faulty-table.ts";

export interface PushServiceOptions {
  variables?: Record<string, string>;
  bedrock?: BedrockOptions;
  /** Lambda's timeout. Default: 900 s. */
  timeoutMs?: number;
  /** Whether the function keeps answers in a table. Default: false. */
  answerStore?: boolean;
}

export interface PushService {
  bedrock: LocalBedrock;
  /** The table of answers, if the function keeps answers. */
  table: FaultyTable | undefined;
  /** The function's log records. */
  records: RequestRecord[];
  /** Faults in signatures, requests to unknown paths, and errors of mutations. */
  faults: string[];
  /** Invokes the function with any event. */
  invoke(event: unknown, requestId?: string): Promise<unknown>;
  /** Resolves when the condition holds. The condition is checked after each record, and after each request to a test's server. */
  until(label: string, condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** A `PushService` whose handler is not imported yet. */
export interface OpenPushService extends Omit<PushService, "invoke"> {
  /** Lets `until` check its conditions. */
  check(): void;
  /** Resolves with whether AWS's own implementation calculates the same signature. If not, the fault is added to `faults`. */
  isSigned(request: IncomingMessage, body: Buffer, service: string): Promise<boolean>;
  /**
   * Imports a new copy of the handler, because the handler reads its settings when it is imported. Start only one service at
   * a time, because the settings are environment variables of this process.
   */
  importHandler(
    load: () => Promise<{ handler: (event: never, context: never) => Promise<unknown> }>,
    variables: Record<string, string>,
  ): Promise<PushService["invoke"]>;
}

const region = "eu-west-1";
const credentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "token/with+chars==",
};

export async function openPushService(options: PushServiceOptions): Promise<OpenPushService> {
  const { timeoutMs = 900_000 } = options;
  const records: RequestRecord[] = [];
  const faults: string[] = [];
  const watchers = new Set<() => void>();
  const check = () => watchers.forEach((watcher) => watcher());
  const bedrock = await startBedrock({
    deltasPerSecond: Infinity,
    credentials,
    verify: verifyFor(region),
    ...options.bedrock,
  });
  const store = options.answerStore ? await startTable() : undefined;
  const info = vi.spyOn(console, "info").mockImplementation((record: RequestRecord) => {
    records.push(record);
    check();
  });

  return {
    bedrock,
    table: store?.table,
    records,
    faults,
    check,
    async isSigned(request, body, service) {
      const fault = await findFault(request, body, { credentials, service, region });
      if (fault !== undefined) faults.push(fault);
      return fault === undefined;
    },
    async importHandler(load, variables) {
      vi.unstubAllEnvs();
      for (const [name, value] of Object.entries({
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
        DELTAPIPE_MODELS: "story=local.story",
        DELTAPIPE_PUSH_INTERVAL_MS: "0",
        ...store?.variables,
        ...variables,
        ...options.variables,
      })) {
        vi.stubEnv(name, value);
      }
      vi.resetModules();
      const { handler } = await load();
      return (event, awsRequestId = randomUUID()) => {
        const startedAt = performance.now();
        const context = {
          awsRequestId,
          getRemainingTimeInMillis: () => Math.round(timeoutMs - (performance.now() - startedAt)),
        };
        return handler(event as never, context as never);
      };
    },
    until(label, condition) {
      const holds = new Promise<void>((resolve) => {
        function watch(): void {
          if (!condition()) return;
          watchers.delete(watch);
          resolve();
        }
        watchers.add(watch);
        watch();
      });
      return waitFor(label, holds);
    },
    async close() {
      info.mockRestore();
      vi.unstubAllEnvs();
      await bedrock.close();
      await store?.close();
    },
  };
}

async function startTable() {
  const dynamoDb = await startDynamoDb({
    region,
    credentials: (id) => (id === credentials.accessKeyId ? credentials : undefined),
  });
  const table = await startFaultyTable(() => dynamoDb.url);
  return {
    table,
    variables: {
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
      DELTAPIPE_ANSWER_TABLE: dynamoDb.table,
      DELTAPIPE_ANSWER_RETENTION_MINUTES: "5",
    },
    async close() {
      await table.close();
      await dynamoDb.close();
    },
  };
}

/** Adapts milliseconds to this machine's speed and returns them as seconds, for a setting of the function. */
export function secondsOf(milliseconds: number): string {
  return String(scaled(milliseconds) / 1000);
}
