// Prints a line for each request to the Function URL, with data from the URL's report and from the function's log record. Also
// prints lines about WebSocket connections, AppSync requests and their answers.
import type { RequestReport } from "../../lib/local/function-url/url-exchange.ts";
import { describeTimes } from "../../lib/command-line/output.ts";
import type { AppSyncReport } from "../../lib/local/appsync/index.ts";
import type { ConnectionReport } from "../../lib/local/websocket-api/index.ts";
import type { RequestRecord } from "../../lib/stream/log.ts";

export interface RequestLog {
  /** Resolves when the line of the first request has been printed. */
  firstShown: Promise<void>;
  functionUrl: {
    onRequest: (report: RequestReport) => void;
    onLog: (line: string) => void;
  };
  webSocket: {
    onConnection: (report: ConnectionReport) => void;
    onLog: (line: string) => void;
  };
  appSync: {
    onReport: (report: AppSyncReport) => void;
    onLog: (line: string) => void;
  };
}

/** The kinds of log records that belong to a request, and are printed in its line. */
const shownRecords: readonly string[] = ["request", "resume", "cancel", "models", "repeat"];

/**
 * The log record and the report of a request arrive separately. If the report arrives first, the request's line is printed
 * when the record arrives, or after this time.
 */
const recordWithinMs = 2000;
/**
 * Lambda's longest timeout. After this time, no record can come any more, and the request is forgotten.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
 */
const longestInvocationMs = 900_000;

export function createRequestLog(print: (line: string) => void): RequestLog {
  const records = new Map<string, RequestRecord>();
  const shown = new Set<string>();
  const reports = new Map<string, { report: RequestReport; timer: NodeJS.Timeout }>();
  let onShown = (): void => undefined;
  const firstShown = new Promise<void>((resolve) => (onShown = resolve));

  function show(report: RequestReport, record?: RequestRecord): void {
    const { method, path, status = "-" } = report;
    print([clock(), method, path, status, ...describe(report, record)].join(" "));
    onShown();
  }

  const functionUrl: RequestLog["functionUrl"] = {
    onRequest(report) {
      const { requestId, ended } = report;
      const record = records.get(requestId);
      records.delete(requestId);
      if (record || ended === "rejected") return show(report, record);
      const timer = setTimeout(() => {
        reports.delete(requestId);
        show(report);
        // The record may still come later, for example if the function runs on after its caller has disconnected.
        shown.add(requestId);
        setTimeout(() => shown.delete(requestId), longestInvocationMs).unref();
      }, recordWithinMs);
      reports.set(requestId, { report, timer });
    },
    onLog(line) {
      const record = recordOf(line);
      if (record === undefined) return print(line);
      if (shown.delete(record.requestId)) return print(`${clock()} ${afterwards(record)}`);
      const waiting = reports.get(record.requestId);
      if (waiting === undefined) return void records.set(record.requestId, record);
      clearTimeout(waiting.timer);
      reports.delete(record.requestId);
      show(waiting.report, record);
    },
  };
  const webSocket: RequestLog["webSocket"] = {
    onConnection: (report) => print(`${clock()} ${describeConnection(report)}`),
    onLog(line) {
      const record = recordOf(line);
      // Records about connections are not printed, because the reports about connections contain more.
      if (record === undefined) return isConnectionRecord(line) ? undefined : print(line);
      print(`${clock()} WebSocket ${record.connectionId} ${describeAnswer(record)}`);
    },
  };
  const appSync: RequestLog["appSync"] = {
    onReport: (report) => print(`${clock()} AppSync ${describeReport(report)}`),
    onLog(line) {
      const record = recordOf(line);
      print(
        record === undefined
          ? line
          : `${clock()} AppSync answer ${record.requestId} ${describeAnswer(record)}`,
      );
    },
  };
  return { firstShown, functionUrl, webSocket, appSync };
}

function describeConnection(report: ConnectionReport): string {
  const { connectionId, state } = report;
  switch (state) {
    case "opened":
      return `WebSocket ${connectionId} opened by ${report.callerArn}`;
    case "refused":
      return `WebSocket ${connectionId} refused with ${report.status}`;
    case "closed": {
      const counts = `${report.received} received, ${report.sent} sent`;
      return `WebSocket ${connectionId} closed with ${report.code} after ${report.totalMs} ms, messages: ${counts}`;
    }
  }
}

function describeReport(report: AppSyncReport): string {
  switch (report.event) {
    case "request": {
      const errors = report.errorTypes.length === 0 ? "ok" : report.errorTypes.join(", ");
      return `${report.fields.join(", ") || "request"} by ${report.callerName}: ${errors}`;
    }
    case "refused":
      return `refused with ${report.status} ${report.errorType}`;
    default:
      return `connection ${report.connectionId} ${report.event}${report.code === undefined ? "" : ` with ${report.code}`}`;
  }
}

function describeAnswer(record: RequestRecord): string {
  const { model = "-", firstDeltaMs, totalMs, detail } = record;
  const times = describeTimes({ firstDeltaMs, totalMs }, undefined);
  return `${model} ${times} in the service, ${outcomeOf(record)}${detail === undefined ? "" : ` (${detail})`}`;
}

function isConnectionRecord(line: string): boolean {
  return line.startsWith("{") && line.includes(`"record":"connection"`);
}

function describe(report: RequestReport, record: RequestRecord | undefined): string[] {
  const { model, detail } = record ?? {};
  return [
    model ?? "-",
    `${describeTimes(report, record)},`,
    report.ended === "disconnected" ? "caller disconnected" : record ? outcomeOf(record) : failureOf(report),
    ...(detail === undefined ? [] : [`(${detail})`]),
  ];
}

function afterwards(record: RequestRecord): string {
  return `${record.model ?? "-"} ran on, total ${record.totalMs} ms in the service, ${outcomeOf(record)}`;
}

/** Begins with the record's kind if Bedrock was not called, and ends with the reason if an answer could not be kept. */
function outcomeOf({ record, outcome, recording, recordingDetail = "" }: RequestRecord): string {
  const kind = record === "request" ? "" : `${record}, `;
  return `${kind}${outcome}${recording === "failed" ? `, not kept (${recordingDetail})` : ""}`;
}

function clock(): string {
  return new Date().toLocaleTimeString("en-GB");
}

function failureOf({ ended, error }: RequestReport): string {
  return error instanceof Error ? `${ended}: ${error.message}` : ended;
}

function recordOf(line: string): RequestRecord | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { message } = JSON.parse(line) as { message?: Partial<RequestRecord> };
    return shownRecords.includes(message?.record ?? "") ? (message as RequestRecord) : undefined;
  } catch {
    return undefined;
  }
}
