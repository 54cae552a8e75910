// When a call to Bedrock is attempted again, and when not.
import { describe, expect, test } from "vitest";
import { RetryQuota } from "../../../lib/stream/bedrock/retry-quota.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import type { CheckedRequest } from "../../../lib/stream/request/check-request.ts";
import { callOutcome, startCallers, emptyStream, type Reply } from "../../support/callers/bedrock-callers.ts";
import { waitFor } from "../../support/deadline.ts";

const error = new ConverseError("ServiceUnavailableException", "No");
const busy: Reply = { status: 503 };

describe("a call", () => {
  test("whose second attempt succeeds has a stream", async () => {
    const { ours, theirs } = await startCallers(busy, emptyStream);
    expect([await callOutcome(ours), await callOutcome(theirs)]).toEqual(["a stream", "a stream"]);
    expect([ours.seen.length, theirs.seen.length]).toEqual([2, 2]);
  });

  test("is signed anew for its second attempt", async () => {
    const late = {
      "x-amzn-errortype": "InvalidSignatureException",
      date: new Date(Date.now() + 900_000).toUTCString(),
    };
    const { ours } = await startCallers({ status: 403, headers: late }, emptyStream);
    expect(await callOutcome(ours)).toBe("a stream");
    const [first, second] = ours.seen.map(({ request }) => String(request.headers["x-amz-date"]));
    expect(second! > first!).toBe(true);
  });

  test("is not attempted again while its clock is right, nor by a date that is none", async () => {
    for (const date of [new Date().toUTCString(), "yesterday"]) {
      const headers = { "x-amzn-errortype": "InvalidSignatureException", date };
      const { ours } = await startCallers({ status: 403, headers }, emptyStream);
      expect(await callOutcome(ours)).toMatchObject({ name: "UpstreamAccessDenied" });
      expect(ours.seen.length).toBe(1);
    }
  });

  test("is signed anew after its signature has expired on the way, though the clocks agree", async () => {
    const body = JSON.stringify({ message: "Signature expired: 1 is now earlier than 2 (2 - 5 min.)" });
    const headers = { "x-amzn-errortype": "InvalidSignatureException" };
    const { ours, theirs } = await startCallers({ status: 403, headers, body }, emptyStream);
    expect([await callOutcome(ours), await callOutcome(theirs)]).toEqual(["a stream", "a stream"]);
  });

  test.each([
    ["at the end of all dates", "Sat, 13 Sep 275760 00:00:00 GMT", "InvalidSignatureException", {}],
    ["before all years of four digits", "-010000-01-01T00:00:00Z", "InvalidSignatureException", {}],
    ["of the year 9999", "Fri, 31 Dec 9999 23:59:59 GMT", "InvalidSignatureException", {}],
    ["that a cache gave", "Mon, 01 Jan 2029 00:00:00 GMT", "InvalidSignatureException", { age: "60" }],
    ["of a proxy", "Mon, 01 Jan 2029 00:00:00 GMT", "Unknown", {}],
  ])("does not set its clock by a date %s, and the next request is served", async (_, date, name, more) => {
    const headers = { "x-amzn-errortype": name, date, ...more };
    const { ours } = await startCallers({ status: 400, headers }, emptyStream);
    expect(await callOutcome(ours)).toMatchObject({ retryable: false });
    expect(await callOutcome(ours)).toBe("a stream");
    const signedAt = String(ours.seen[1]?.request.headers["x-amz-date"]);
    expect(signedAt.slice(0, 4)).toBe(String(new Date().getUTCFullYear()));
    expect(ours.seen.length).toBe(2);
  });

  test("that is aborted between its attempts ends, and is not attempted again", async () => {
    const { ours } = await startCallers({ ...busy, headers: { "retry-after": "3600" } }, emptyStream);
    const abort = new AbortController();
    const request = { model: { name: "x", id: "x" }, body: "{}" } as CheckedRequest;
    const called = ours.call(request, abort.signal);
    while (ours.seen.length === 0) await new Promise(setImmediate);
    setTimeout(() => abort.abort(), 100);
    await expect(waitFor("The call's end", called)).rejects.toMatchObject({ name: "AbortError" });
    expect(ours.seen.length).toBe(1);
  });
});

describe("another attempt", () => {
  test.each([
    ["transient", 50],
    ["throttling", 1000],
  ] as const)("comes %s: after at most %i ms, and once", (retry, most) => {
    const call = new RetryQuota().startCall();
    const delay = call.delayAfter({ error, retry });
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThanOrEqual(most);
    expect(call.delayAfter({ error, retry })).toBeUndefined();
  });

  test("does not come where the first one's failure will not pass", () => {
    expect(new RetryQuota().startCall().delayAfter({ error, retry: "no" })).toBeUndefined();
  });

  test("waits as long as Bedrock asks for, within reason", () => {
    const delayOf = (retryAfter: number) =>
      new RetryQuota().startCall().delayAfter({ error, retry: "transient", retryAfter })!;
    expect(delayOf(3000)).toBe(3000);
    expect(delayOf(3_600_000)).toBeGreaterThanOrEqual(5000);
    expect(delayOf(3_600_000)).toBeLessThanOrEqual(5050);
  });

  test("comes for free after a connection that was gone, but only the first time", () => {
    const call = new RetryQuota().startCall();
    const gone = { error, retry: "transient", wasStale: true } as const;
    expect(call.delayAfter(gone)).toBe(0);
    expect(call.delayAfter(gone)).toBeGreaterThanOrEqual(0);
    expect(call.delayAfter(gone)).toBeUndefined();
  });

  test("comes no more in an outage that goes on, and again once it is over", () => {
    const quota = new RetryQuota();
    const attemptsAgain = () => quota.startCall().delayAfter({ error, retry: "transient" }) !== undefined;
    const before = Array.from({ length: 100 }, attemptsAgain);
    expect(before.indexOf(false)).toBe(35);
    expect(before.slice(35)).not.toContain(true);
    for (let successes = 0; successes < 14; successes++) quota.startCall().succeeded();
    expect(attemptsAgain()).toBe(true);
  });
});
