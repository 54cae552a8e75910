// Runs a server that signs for its callers (the signing proxy or the page) until a signal, such as SIGINT from Ctrl-C.
import { constants } from "node:os";
import { resolveCredentials } from "../signer/credentials.ts";
import { regionOf } from "../signer/signing-scope.ts";
import { printableText } from "../shared/printable-text.ts";
import type { TargetOptions } from "./command-options.ts";
import { findProxy } from "./connect.ts";
import { describeCredentials } from "./find-credentials.ts";
import type { ProxyReport } from "./proxy/proxy-exchange.ts";
import type { ProxyOptions } from "./proxy/start-proxy.ts";
import { findTarget, requireFunctionUrl, type ServiceTarget } from "./service-target.ts";
import { dim } from "./terminal.ts";

export interface ServerCommandOptions extends TargetOptions {
  port: number;
  /** Whether to print no lines about requests, except for those that failed because of a bug. */
  quiet: boolean;
}

/** The started server. `address` is printed on standard output, and each note is a line on standard error. */
export interface RunningServer {
  address: string;
  notes: string[];
  close(): Promise<void>;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Exits with the code that shells use for the signal, such as 130 for SIGINT. */
export async function runServer(
  options: ServerCommandOptions,
  start: (forwarding: ProxyOptions) => Promise<RunningServer>,
): Promise<void> {
  const target = requireFunctionUrl(findTarget(options));
  // Checks the Region and the credentials now. Otherwise, a mistake in them would show only when the first request fails.
  const region = regionOf(target.url, target.region);
  await resolveCredentials(target.credentials);
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of signals) process.once(signal, resolve);
  });
  const started = await start({
    ...target,
    port: options.port,
    dispatcher: findProxy(target.url),
    onRequest: (report) => {
      if (!options.quiet || report.bug !== undefined) note(describeRequest(report));
    },
  });
  process.stdout.write(`${started.address}\n`);
  const caller = describeCaller(target, options);
  note(`Signs requests as ${caller} and forwards them to ${target.url.href} (Region ${region})`);
  for (const text of started.notes) note(text);
  const signal = await stopped;
  await started.close();
  // Exits explicitly, because a credentials provider that still waits for a response would keep the process alive.
  process.exit(128 + constants.signals[signal]);
}

function describeCaller({ url }: ServiceTarget, { profile }: ServerCommandOptions): string {
  return url.protocol === "http:" ? "the local stack's caller" : describeCredentials(process.env, profile);
}

/**
 * Describes a request in one line, without its query, headers and body, which may contain secrets. If a bug of this program is
 * the reason for the failure, the bug's stack follows.
 */
function describeRequest(report: ProxyReport): string {
  const { method, path, status, error, bytes, totalMs, ended, bug } = report;
  const name = error === undefined ? "" : ` ${error}`;
  const endings = {
    complete: "",
    refused: ", not forwarded",
    cut: ", cut by the service",
    disconnected: ", the caller disconnected",
  };
  const line = `${method} ${path} ${status ?? "no status"}${name}, ${bytes} bytes, ${Math.round(totalMs)} ms${endings[ended]}`;
  return bug instanceof Error ? `${line}\n${bug.stack}` : line;
}

function note(text: string): void {
  process.stderr.write(`${dim(text.split("\n").map(printableText).join("\n"))}\n`);
}
