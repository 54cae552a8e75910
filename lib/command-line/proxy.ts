// The command `deltapipe proxy`: a server on this machine that signs requests and forwards them to the service.
import { constants } from "node:os";
import { resolveCredentials } from "../signer/credentials.ts";
import { regionOf } from "../signer/signing-scope.ts";
import { printableText } from "../shared/printable-text.ts";
import type { ProxyCommandOptions } from "./command-options.ts";
import { findProxy } from "./connect.ts";
import { describeCredentials } from "./find-credentials.ts";
import { tokenHeader } from "./proxy/check-caller.ts";
import type { ProxyReport } from "./proxy/proxy-exchange.ts";
import { startProxy } from "./proxy/start-proxy.ts";
import { findTarget, requireFunctionUrl, type ServiceTarget } from "./service-target.ts";
import { dim } from "./terminal.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs until a signal such as Ctrl-C. The exit code is the one that shells use for that signal, such as 130. */
export async function proxy(options: ProxyCommandOptions): Promise<void> {
  const target = requireFunctionUrl(findTarget(options));
  // Checks Region and credentials now, because each request would fail if the Region is wrong or the credentials have expired.
  const region = regionOf(target.url, target.region);
  await resolveCredentials(target.credentials);
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of signals) process.once(signal, resolve);
  });
  const started = await startProxy({
    ...target,
    port: options.port,
    ipv6: options.ipv6,
    requireToken: options.requireToken,
    dispatcher: findProxy(target.url),
    onRequest: (report) => {
      if (!options.quiet || report.bug !== undefined) note(describeRequest(report));
    },
  });
  process.stdout.write(`${started.url}\n`);
  const caller = describeCaller(target, options);
  note(`Signs requests as ${caller} and forwards them to ${target.url.href} (Region ${region})`);
  note(`Pages from this address need the header ${tokenHeader}: ${started.token}`);
  note(options.requireToken ? "So does every other program. Ctrl-C stops it" : "Ctrl-C stops it");
  const signal = await stopped;
  await started.close();
  // Exits explicitly, because a credentials provider that still waits for a response would keep the process alive.
  process.exit(128 + constants.signals[signal]);
}

function describeCaller({ url }: ServiceTarget, { profile }: ProxyCommandOptions): string {
  return url.protocol === "http:" ? "the local stack's caller" : describeCredentials(process.env, profile);
}

/** Describes a request in one line, without its query, headers and body, which may contain secrets. */
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
