// A signing proxy in this process, in front of a service that the test starts.
import { EventEmitter, once } from "node:events";
import { onTestFinished } from "vitest";
import type { ProxyReport } from "../../../lib/command-line/proxy/proxy-exchange.ts";
import {
  type ProxyOptions,
  type StartedProxy,
  startProxy,
} from "../../../lib/command-line/proxy/start-proxy.ts";
import { waitFor } from "../deadline.ts";

export interface TestProxy extends StartedProxy {
  /** Host and port. */
  host: string;
  /** Resolves with the report of the next request that ends. */
  reported(): Promise<ProxyReport>;
}

/** A key that `startUrl` in local-function-url.ts accepts. */
export const proxyCredentials = { accessKeyId: "AKIDLOCAL", secretAccessKey: "local-secret" };

/** The proxy is closed at the end of the test. */
export async function proxyTo(url: string, options: Partial<ProxyOptions> = {}): Promise<TestProxy> {
  const events = new EventEmitter();
  const reports: ProxyReport[] = [];
  const started = await startProxy({
    url: new URL(url),
    region: "us-east-1",
    credentials: proxyCredentials,
    port: 0,
    ...options,
    onRequest(report) {
      reports.push(report);
      events.emit("report");
    },
  });
  onTestFinished(() => started.close());
  return {
    ...started,
    host: new URL(started.url).host,
    async reported() {
      while (reports.length === 0) await waitFor("the proxy's report", once(events, "report"));
      return reports.shift()!;
    },
  };
}
