// Tests the limits at which the service stops reading the rest of a rejected request body.
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { discardBody } from "../../lib/shared/receive-body.ts";

const limits = { bytes: 10, silenceMs: 1000, totalMs: 5000 };

describe("the rest of a rejected body", () => {
  let request: PassThrough;
  let over: boolean;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    request = new PassThrough();
    over = false;
    void discardBody(request, limits).then(() => (over = true));
  });

  test("a rejected body is discarded until the body ends", async () => {
    expect(await after(() => request.end("x"))).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a rejected body is discarded until the caller disconnects", async () => {
    expect(await after(() => request.destroy())).toBe(true);
  });

  test("a rejected body is discarded until the body exceeds the limit", async () => {
    expect(await after(() => request.write(Buffer.alloc(10)))).toBe(false);
    expect(await after(() => request.write(Buffer.alloc(1)))).toBe(true);
  });

  test("a rejected body is discarded until the caller stops sending", async () => {
    await after(() => vi.advanceTimersByTime(900));
    await after(() => request.write("x"));
    expect(await after(() => vi.advanceTimersByTime(900))).toBe(false);
    expect(await after(() => vi.advanceTimersByTime(100))).toBe(true);
  });

  test("a rejected body is discarded until the total time is over", async () => {
    for (let turn = 0; turn < 6; turn += 1) {
      await after(() => vi.advanceTimersByTime(800));
      await after(() => request.write("x"));
    }
    expect(over).toBe(false);
    expect(await after(() => vi.advanceTimersByTime(200))).toBe(true);
  });

  /** Runs the step and waits for the stream's events. Resolves with whether discarding has ended. */
  async function after(step: () => unknown): Promise<boolean> {
    step();
    await new Promise(setImmediate);
    return over;
  }
});
