// Tests retries of calls to Bedrock: when they are made, after what delay, and when they stop.
import { describe, expect, test } from "vitest";
import { RetryQuota } from "../../../lib/stream/bedrock/retry-quota.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import type { CheckedRequest } from "../../../lib/stream/request/check-request.ts";
import {
  callOutcome,
  startCallers,
  emptyStream,
  type BedrockReply,
} from "../../support/callers/bedrock-callers.ts";
import { waitFor } from "../../support/deadline.ts";

const error = new ConverseError("ServiceUnavailableException", "No");
const busy: BedrockReply = { status: 503 };

describe("a call", () => {
  test("a call returns a stream if its second attempt succeeds", async () => {
    for (const caller of Object.values(await startCallers(busy, emptyStream))) {
      expect(await callOutcome(caller)).toBe("a stream");
      expect(caller.seen.length).toBe(2);
    }
  });

  test("the second attempt of a call is signed with the corrected clock", async () => {
    const late = {
      "x-amzn-errortype": "InvalidSignatureException",
      date: new Date(Date.now() + 900_000).toUTCString(),
    };
    for (const caller of Object.values(await startCallers({ status: 403, headers: late }, emptyStream))) {
      expect(await callOutcome(caller)).toBe("a stream");
      const [first, second] = caller.seen.map(({ request }) => String(request.headers["x-amz-date"]));
      expect(second! > first!).toBe(true);
    }
  });

  test("a call with an invalid signature is not attempted again if the clock is right or the date is malformed", async () => {
    for (const date of [new Date().toUTCString(), "yesterday"]) {
      const headers = { "x-amzn-errortype": "InvalidSignatureException", date };
      const { ours } = await startCallers({ status: 403, headers }, emptyStream);
      expect(await callOutcome(ours)).toMatchObject({ name: "UpstreamAccessDenied" });
      expect(ours.seen.length).toBe(1);
    }
  });

  test("a call is signed again if its signature expired on the way, even if the clocks agree", async () => {
    const body = JSON.stringify({ message: "Signature expired: 1 is now earlier than 2 (2 - 5 min.)" });
    const headers = { "x-amzn-errortype": "InvalidSignatureException" };
    for (const caller of Object.values(await startCallers({ status: 403, headers, body }, emptyStream))) {
      expect(await callOutcome(caller)).toBe("a stream");
    }
  });

  test.each([
    ["with the latest possible year", "Sat, 13 Sep 275760 00:00:00 GMT", "InvalidSignatureException", {}],
    ["with a negative year", "-010000-01-01T00:00:00Z", "InvalidSignatureException", {}],
    ["in the year 9999", "Fri, 31 Dec 9999 23:59:59 GMT", "InvalidSignatureException", {}],
    ["from a cache", "Mon, 01 Jan 2029 00:00:00 GMT", "InvalidSignatureException", { age: "60" }],
    ["from a proxy", "Mon, 01 Jan 2029 00:00:00 GMT", "Unknown", {}],
  ])("a call ignores a date %s, and the next call succeeds", async (_, date, name, more) => {
    const headers = { "x-amzn-errortype": name, date, ...more };
    const { ours } = await startCallers({ status: 400, headers }, emptyStream);
    expect(await callOutcome(ours)).toMatchObject({ retryable: false });
    expect(await callOutcome(ours)).toBe("a stream");
    const signedAt = String(ours.seen[1]?.request.headers["x-amz-date"]);
    expect(signedAt.slice(0, 4)).toBe(String(new Date().getUTCFullYear()));
    expect(ours.seen.length).toBe(2);
  });

  test("a call that is aborted between attempts ends, and is not attempted again", async () => {
    const later = { ...busy, headers: { "retry-after": "3600" } };
    const { ours, oursWithSdk } = await startCallers(later, emptyStream);
    for (const caller of [ours, oursWithSdk]) {
      const abort = new AbortController();
      const request = { model: { name: "x", id: "x" }, body: "{}" } as CheckedRequest;
      const called = caller.call(request, abort.signal);
      while (caller.seen.length === 0) await new Promise(setImmediate);
      setTimeout(() => abort.abort(new Error("Enough")), 100);
      await expect(waitFor("the end of the call", called)).rejects.toThrow("Enough");
      expect(caller.seen.length).toBe(1);
    }
  });
});

describe("retries", () => {
  test.each([
    ["transient", 50],
    ["throttling", 1000],
  ] as const)("a retry of a %s error is made once, after at most %i ms", (retry, maxDelay) => {
    const call = new RetryQuota().startCall();
    const delay = call.delayAfter({ error, retry });
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThanOrEqual(maxDelay);
    expect(call.delayAfter({ error, retry })).toBeUndefined();
  });

  test("a retry is not made for an error that is neither transient nor throttling", () => {
    expect(new RetryQuota().startCall().delayAfter({ error, retry: "no" })).toBeUndefined();
  });

  test("a retry waits as long as Bedrock requests, but at most five seconds longer than without that request", () => {
    const delayOf = (retryAfter: number) =>
      new RetryQuota().startCall().delayAfter({ error, retry: "transient", retryAfter })!;
    expect(delayOf(3000)).toBe(3000);
    expect(delayOf(3_600_000)).toBeGreaterThanOrEqual(5000);
    expect(delayOf(3_600_000)).toBeLessThanOrEqual(5050);
  });

  test("the first retry after a stale connection is made at once and does not count, and the next one counts", () => {
    const call = new RetryQuota().startCall();
    const stale = { error, retry: "transient", wasStale: true } as const;
    expect(call.delayAfter(stale)).toBe(0);
    expect(call.delayAfter(stale)).toBeGreaterThanOrEqual(0);
    expect(call.delayAfter(stale)).toBeUndefined();
  });

  test("retries stop in a long outage, and are made again when it is over", () => {
    const quota = new RetryQuota();
    const isRetried = () => quota.startCall().delayAfter({ error, retry: "transient" }) !== undefined;
    const before = Array.from({ length: 100 }, isRetried);
    expect(before.indexOf(false)).toBe(35);
    expect(before.slice(35)).not.toContain(true);
    for (let successes = 0; successes < 14; successes++) quota.startCall().succeeded();
    expect(isRetried()).toBe(true);
  });
});
