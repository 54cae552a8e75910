// Describes for the user how an answer ended.
import type { ErrorLine, Line } from "../wire.ts";
import { isErrorLine } from "../client/ndjson.ts";
import type { IncomingAnswer } from "./deliveries.ts";
import { describeErrorResponse, parse } from "./service.ts";

export interface Ending {
  kind: "complete" | "failed" | "stopped";
  /** A few words, such as "Complete: end_turn". */
  title: string;
  /** A sentence or two, or "". */
  detail: string;
}

/** The ending of a response with the status 200. `last` is its last line. */
export function endingAfter(last: Line | undefined): Ending {
  if (last?.type === "end")
    return { kind: "complete", title: `Complete: ${last.stopReason}`, detail: reasonFor(last.stopReason) };
  if (!isErrorLine(last)) {
    const detail =
      "The connection ended without an end or error line, so the answer is incomplete. Asking again may help.";
    return { kind: "failed", title: "Cut", detail };
  }
  const { name } = last.error;
  return { kind: "failed", title: `Failed: ${name}`, detail: describeError(last) };
}

/** The ending of a response with another status. AWS's own error responses have the error's name in a header. */
export function endingOfResponse({ status, errorType = "" }: IncomingAnswer, text: string): Ending {
  const found = parse(text);
  if (isErrorLine(found)) {
    return { kind: "failed", title: `Rejected: ${status} ${found.error.name}`, detail: describeError(found) };
  }
  const name = errorType.replace(/:.*/, "");
  return {
    kind: "failed",
    title: `Rejected: ${status} ${name}`.trim(),
    detail: describeErrorResponse(status, text),
  };
}

/** The ending of a request that failed before or while its response arrived. */
export function endingOfFailure(error: unknown, hasLines: boolean): Ending {
  const { name, message } = error as Error;
  if (name === "BadLineError")
    return { kind: "failed", title: "Cannot read the answer", detail: `${message}.` };
  if (hasLines || name === "LostConnection") return endingAfter(undefined);
  // `fetch` throws a TypeError whose message does not say what happened, so the page shows its own text instead.
  if (name !== "TypeError") return { kind: "failed", title: "No answer", detail: message };
  const detail =
    "The page's server does not answer. Has it been stopped? Start it again, and open the address that it prints.";
  return { kind: "failed", title: "No answer", detail };
}

function describeError({ error: { message, retryable } }: ErrorLine): string {
  const sentence = `${message}${/[.!?]$/.test(message) ? "" : "."}`;
  if (/\bagain\b/.test(message)) return sentence;
  return `${sentence} ${retryable ? "Asking again may help." : "Asking again is unlikely to help."}`;
}

function reasonFor(stopReason: string): string {
  const reasons: Record<string, string> = {
    max_tokens: "The answer reached the maximum number of tokens.",
    guardrail_intervened: "The guardrail blocked or changed the answer.",
    content_filtered: "The model's provider filtered the content.",
  };
  return reasons[stopReason] ?? "";
}
