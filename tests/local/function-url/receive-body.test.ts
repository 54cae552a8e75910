// How long a caller may go on sending what was refused.
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { discardBody } from "../../../lib/local/function-url/receive-body.ts";

const BOUNDS = { bytes: 10, silenceMs: 1000, totalMs: 5000 };

describe("what a caller goes on sending is thrown away", () => {
  let request: PassThrough;
  let over: boolean;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    request = new PassThrough();
    over = false;
    void discardBody(request, BOUNDS).then(() => (over = true));
  });

  test("until its end", async () => {
    expect(await after(() => request.end("x"))).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("until it leaves", async () => {
    expect(await after(() => request.destroy())).toBe(true);
  });

  test("until there is too much of it", async () => {
    expect(await after(() => request.write(Buffer.alloc(10)))).toBe(false);
    expect(await after(() => request.write(Buffer.alloc(1)))).toBe(true);
  });

  test("until it falls silent", async () => {
    await after(() => vi.advanceTimersByTime(900));
    await after(() => request.write("x"));
    expect(await after(() => vi.advanceTimersByTime(900))).toBe(false);
    expect(await after(() => vi.advanceTimersByTime(100))).toBe(true);
  });

  test("until it has taken too long", async () => {
    for (let turn = 0; turn < 6; turn += 1) {
      await after(() => vi.advanceTimersByTime(800));
      await after(() => request.write("x"));
    }
    expect(over).toBe(false);
    expect(await after(() => vi.advanceTimersByTime(200))).toBe(true);
  });

  /** Lets the stream's own events happen, then says whether the discarding is over. */
  async function after(step: () => unknown): Promise<boolean> {
    step();
    await new Promise(setImmediate);
    return over;
  }
});
