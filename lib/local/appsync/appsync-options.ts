// The options of a local GraphQL API, and AppSync's limits.
import type { Identity, KnownCredentials } from "../signature/index.ts";

/** https://docs.aws.amazon.com/general/latest/gr/appsync.html#limits_appsync */
export interface AppSyncLimits {
  /** Milliseconds that a request may take to arrive. Resolvers themselves never wait. */
  requestMs: number;
  /** Bytes of one message to a subscriber. AWS does not document what happens to longer messages; the local API drops them. */
  payloadBytes: number;
  /** Subscriptions of one connection. */
  subscriptions: number;
  /** Milliseconds between two `ka` messages. */
  keepAliveMs: number;
  /** Milliseconds without a `ka` message after which a client should give up. */
  silenceMs: number;
  /** Milliseconds that a connection may last. */
  lifeMs: number;
  /** Bytes that may wait for a client that does not read. The connection is closed if there are more. AWS documents no limit. */
  bufferBytes: number;
}

export const awsLimits: AppSyncLimits = {
  requestMs: 30_000,
  payloadBytes: 240 * 1024,
  subscriptions: 200,
  keepAliveMs: 60_000,
  silenceMs: 300_000,
  lifeMs: 24 * 60 * 60_000,
  bufferBytes: 16 * 1024 * 1024,
};

/** Whoever sent a request or started a subscription. Their API key or signature was valid. */
export type Caller = { mode: "apiKey" } | { mode: "iam"; identity: Identity };

/** The deployed API, as lib/appsync describes it. */
export interface ApiDescription {
  /** In the schema definition language. */
  schema: string;
  resolvers: ResolverDescription[];
}

export interface ResolverDescription {
  typeName: string;
  fieldName: string;
  /** The path of the resolver's code. */
  file: string;
  dataSource: "function" | "none";
}

/** One event of the API. `fields` are the fields at the top of the request, such as `Mutation.startConversation`. */
export type AppSyncReport =
  | { event: "request"; callerName: string; fields: string[]; errorTypes: string[] }
  | { event: "refused"; status: number; errorType: string }
  | { event: "opened" | "closed"; connectionId: string; code?: number };

export interface AppSyncOptions {
  api: ApiDescription;
  /** Undefined if the API accepts no API keys. */
  apiKey: string | undefined;
  /** Returns the credentials of a caller. Undefined if the access key is unknown. */
  callers: (accessKeyId: string) => KnownCredentials | undefined;
  /** Returns the credentials of the function's role. Undefined if the access key is not the role's. */
  role: (accessKeyId: string) => KnownCredentials | undefined;
  /** Whether IAM lets a caller use a field at the top of a request, such as `Mutation.publish`. */
  permits: (caller: Identity, field: string) => boolean;
  region: string;
  /** Invokes the function asynchronously, with the payload of a resolver. */
  invokeLater: (event: unknown) => void;
  /** Default: 0, any free port. */
  port?: number;
  /** Default: AWS's limits. */
  limits?: Partial<AppSyncLimits>;
  onReport?: (report: AppSyncReport) => void;
}
