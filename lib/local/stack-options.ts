// The options of the local stack.
import type { AppSyncLimits, AppSyncReport } from "./appsync/index.ts";
import type { BedrockOptions } from "./bedrock/index.ts";
import type { AwsCredentials } from "./execution-role.ts";
import type { RequestReport } from "./function-url/index.ts";
import type { AnswerStoreOptions } from "./local-answer-store.ts";
import type { FunctionSettings, Service } from "./service-file.ts";
import type { ConnectionReport, WebSocketLimits } from "./websocket-api/index.ts";

export interface StackOptions {
  /** The Function URL's port. Default: 0, any free port. */
  port?: number;
  /** The credentials that may call the Function URL, the WebSocket API and the GraphQL API. */
  callers: AwsCredentials[];
  region: string;
  /** The maximum number of execution environments of each function, like reserved concurrency. Default: 10. */
  concurrency?: number;
  bedrock: { kind: "local"; options?: BedrockOptions } | OtherBedrock;
  /** Environment variables for every function. They override the ones in serverless.yml and the stack's own. */
  variables?: Record<string, string>;
  /** Overrides the settings in serverless.yml. */
  service?: Partial<Service>;
  webSocket?: WebSocketOptions;
  appSync?: AppSyncOptions;
  /** If set, the functions keep answers in a table of the local DynamoDB. Default: they keep none. */
  answerStore?: AnswerStoreOptions;
  /** A folder with the bundle of the Function URL's function. Default: built from the sources and kept up to date. */
  taskRoot?: string;
  /** Milliseconds: see the option of `startFunctionUrl`. */
  callerStallMs?: number;
  /** Milliseconds: see the option of `createLambda`. */
  finishingMs?: number;
  /** The Node executable that runs the functions. Default: the current one. */
  nodeExecutable?: string;
  /** Called with each line that a function writes. */
  onLog?: (line: string) => void;
  onRequest?: (report: RequestReport) => void;
}

/** The common options of the WebSocket function and the AppSync function. */
export interface DeliveryOptions {
  /** Default: 0, any free port. */
  port?: number;
  /** Overrides the function's settings in serverless.yml. */
  settings?: Partial<FunctionSettings>;
  /** A folder with this function's bundle. Default: built from the sources and kept up to date. */
  taskRoot?: string;
  /** Called with each line that this function writes. Default: the stack's own option. */
  onLog?: (line: string) => void;
}

export interface WebSocketOptions extends DeliveryOptions {
  limits?: Partial<WebSocketLimits>;
  onConnection?: (report: ConnectionReport) => void;
}

export interface AppSyncOptions extends DeliveryOptions {
  /** Default: `da2-local`. */
  apiKey?: string;
  limits?: Partial<AppSyncLimits>;
  onReport?: (report: AppSyncReport) => void;
}

/** The real Bedrock, or another endpoint that the variables name, instead of the local Bedrock. */
export interface OtherBedrock {
  kind: "aws";
  /** The credentials of the function's role. Undefined if the variables hold an API key. */
  credentials: (() => Promise<AwsCredentials>) | undefined;
  /** For example `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, with which every AWS SDK finds Bedrock. */
  variables?: Record<string, string>;
}
