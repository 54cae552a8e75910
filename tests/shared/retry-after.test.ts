// Tests how the `retry-after` header is read: seconds, dates, and values that are neither.
import { describe, expect, test } from "vitest";
import { longestDelay, parseRetryAfter } from "../../lib/shared/retry-after.ts";

describe("parseRetryAfter()", () => {
  test.each([
    ["0", 0],
    ["20", 20_000],
    ["1.5", 1500],
    ["2026", 2_026_000],
    ["9007199254740993", longestDelay],
    ["9".repeat(400), longestDelay],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", longestDelay],
    ["-1", undefined],
    ["1.2.3", undefined],
    ["1e3", undefined],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("parseRetryAfter() reads %j as %j milliseconds", (header, expected) => {
    expect(parseRetryAfter(header)).toBe(expected);
  });

  test("parseRetryAfter() counts from now to a date", () => {
    const milliseconds = parseRetryAfter(new Date(Date.now() + 90_000).toUTCString()) ?? 0;
    expect(milliseconds).toBeGreaterThan(80_000);
    expect(milliseconds).toBeLessThanOrEqual(90_000);
  });

  test("parseRetryAfter() never exceeds the longest delay, even for text that Date.parse happens to accept", () => {
    expect(parseRetryAfter("Soon, 1") ?? 0).toBeLessThanOrEqual(longestDelay);
  });
});
