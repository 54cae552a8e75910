// The lines that `npm start` prints about requests whose log record is late or never comes.
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createRequestLog, type RequestLog } from "../../scripts/start/request-log.ts";

const requestId = "a-request";
const report = { method: "POST", path: "/", status: 200, requestId, bytes: 1, totalMs: 5 };
const message = { record: "request", requestId, model: "fast", totalMs: 7, outcome: "end" };

describe("requests that call no model", () => {
  test.each(["models", "repeat"])(
    "the record %s is part of its request's line, and not printed as JSON",
    (record) => {
      const lines: string[] = [];
      const { functionUrl } = createRequestLog((line) => lines.push(line));
      functionUrl.onLog(JSON.stringify({ message: { record, requestId, totalMs: 1, outcome: "end" } }));
      functionUrl.onRequest({ ...report, ended: "complete" });
      expect(lines).toEqual([expect.stringContaining(`POST / 200 - no delta, total 5 ms`)]);
      expect(lines[0]).toContain(`, ${record}, end`);
    },
  );
});

describe("the line of a request that was disconnected", () => {
  let lines: string[];
  let functionUrl: RequestLog["functionUrl"];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    lines = [];
    ({ functionUrl } = createRequestLog((line) => lines.push(line)));
    functionUrl.onRequest({ ...report, ended: "disconnected" });
  });

  test("the line comes after two seconds without a log record, and a later record gets a line of its own", () => {
    vi.advanceTimersByTime(1999);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(1);
    functionUrl.onLog(JSON.stringify({ message }));
    expect(lines).toEqual([
      expect.stringContaining("POST / 200 - no delta, total 5 ms, caller disconnected"),
      expect.stringContaining("fast ran on, total 7 ms in the service, end"),
    ]);
  });

  test("a log record gets no line after the longest invocation that Lambda allows would have ended", () => {
    vi.advanceTimersByTime(2000);
    vi.advanceTimersByTime(900_000);
    functionUrl.onLog(JSON.stringify({ message }));
    expect(lines).toHaveLength(1);
  });
});
