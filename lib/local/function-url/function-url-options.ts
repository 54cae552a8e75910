// The options of a local Function URL.
import type { Invoke } from "../invocation.ts";
import type { KnownCredentials } from "../signature/index.ts";
import type { CorsConfiguration } from "./cors.ts";
import type { RequestReport } from "./url-exchange.ts";

export interface FunctionUrlOptions {
  invoke: Invoke;
  credentials: (accessKeyId: string) => KnownCredentials | undefined;
  region: string;
  /** An address of the loopback interface. Default: 127.0.0.1. */
  host?: string;
  /** Default: 0, any free port. */
  port?: number;
  cors?: CorsConfiguration;
  /** Returns milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number;
  /** Milliseconds by which a caller's clock may be wrong. Default: 5 minutes. */
  skewMs?: number;
  /**
   * Milliseconds after which a caller that reads nothing is disconnected. Default: 90,000, which is longer than the
   * function's own limit of 60 seconds.
   */
  callerStallMs?: number;
  /** Called once for each request, at its end. */
  onRequest?: (report: RequestReport) => void;
  /** Used as the URL's id in the event. Default: `local`. */
  functionName?: string;
  /** The account that owns the function. Default: 123456789012. */
  accountId?: string;
}
