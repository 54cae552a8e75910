// The options of a local WebSocket API, and API Gateway's limits.
import type { Lambda } from "../lambda/index.ts";
import type { KnownCredentials } from "../signature/index.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export interface WebSocketLimits {
  /** Milliseconds without a message in either direction and without a ping from the client. */
  idleMs: number;
  /** Milliseconds that a connection may last. */
  lifeMs: number;
  /** Bytes of one frame from the client. */
  frameBytes: number;
  /** Bytes of one message, in either direction. */
  messageBytes: number;
  /** Milliseconds that the function may take for one event. It may run longer, but its response is then ignored. */
  integrationMs: number;
  /** Bytes that may wait for a client that does not read. AWS has such a limit, but does not document its size. */
  bufferBytes: number;
}

export const awsLimits: WebSocketLimits = {
  idleMs: 10 * 60_000,
  lifeMs: 2 * 60 * 60_000,
  frameBytes: 32 * 1024,
  messageBytes: 128 * 1024,
  integrationMs: 29_000,
  bufferBytes: 1024 * 1024,
};

/** Reports that a connection was refused, opened or closed. */
export type ConnectionReport =
  | { connectionId: string; state: "refused"; status: number }
  | { connectionId: string; state: "opened"; callerArn: string }
  | { connectionId: string; state: "closed"; code: number; totalMs: number; received: number; sent: number };

export interface WebSocketApiOptions {
  invoke: Lambda["invoke"];
  /** The credentials that may open a connection. */
  callers: (accessKeyId: string) => KnownCredentials | undefined;
  /** The credentials that may send to a connection: those of the function's role. */
  role: (accessKeyId: string) => KnownCredentials | undefined;
  region: string;
  /** Default: 0, any free port. */
  port?: number;
  /**
   * The routes that have an integration. For other routes, the function is not invoked. Default: `$connect`, `$default` and
   * `$disconnect`.
   */
  routes?: readonly string[];
  /** Default: AWS's limits. */
  limits?: Partial<WebSocketLimits>;
  /** Called when a connection is refused, opened and closed. */
  onConnection?: (report: ConnectionReport) => void;
}

/** The name of the stage, which is the first segment of every path. */
export const stage = "v1";
/** The API's and the account's ids in events and ARNs. */
export const apiId = "local";
export const accountId = "123456789012";
