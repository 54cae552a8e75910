// The options of a local Function URL.
import type { Invoke } from "../invocation.ts";
import type { KnownCredentials } from "../signature/index.ts";
import type { CorsConfiguration } from "./cors.ts";
import type { RequestReport } from "./url-exchange.ts";

export interface FunctionUrlOptions {
  invoke: Invoke;
  credentials: (accessKeyId: string) => KnownCredentials | undefined;
  region: string;
  /** Of this machine's loopback. Default: 127.0.0.1. */
  host?: string;
  /** Default: 0, any free port. */
  port?: number;
  cors?: CorsConfiguration;
  /** Milliseconds since the epoch. Default: the clock. */
  now?: () => number;
  /** How far a caller's clock may be off, in milliseconds. Default: 5 minutes. */
  skewMs?: number;
  /**
   * How long a caller may take nothing, in milliseconds, before its connection is given up. Default: 90 s, which lets
   * the function give up first.
   */
  callerStallMs?: number;
  /** Called once for each request, when it is over. */
  onRequest?: (report: RequestReport) => void;
  /** Stands for the URL's id in the event. Default: `local`. */
  functionName?: string;
  /** The account that owns the function. Default: 123456789012. */
  accountId?: string;
}
