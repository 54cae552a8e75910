// Tests what a caller gets when the function fails.
import { once } from "node:events";
import type { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { FunctionFailed, TooManyRequests } from "../../../lib/local/invocation.ts";
import { waitFor } from "../../support/deadline.ts";
import {
  answerWith,
  call,
  nextPiece,
  prelude,
  startUrl,
  readText,
} from "../../support/servers/local-function-url.ts";

describe("a function that fails before the response to the caller begins gives 502", () => {
  const failures: Record<string, (body: PassThrough) => void> = {
    "that breaks off with an error": (body) => body.destroy(new Error("exit 1")),
    "with half a prelude": (body) => body.end('{"statusCode":200'),
    "with no prelude": (body) => body.end(),
    "with a prelude that is not JSON": (body) => body.end(`{]${"\0".repeat(8)}x`),
    "with a prelude that is not an object": answerWith([1], "x"),
    "with an invalid status": answerWith({ statusCode: 99 }, "x"),
    "with a status that is text": answerWith({ statusCode: "200" }, "x"),
    "with headers that are not an object": answerWith({ headers: "x" }, "x"),
    "with an invalid header name": answerWith({ headers: { "a b": "1" } }, "x"),
    "with a line break in a header": answerWith({ headers: { a: "1\r\nb: 2" } }, "x"),
    "with a header that is an object": answerWith({ headers: { a: {} } }, "x"),
    "with a line break in a cookie": answerWith({ cookies: ["a=1\r\nb: 2"] }, "x"),
    "with cookies that are not a list": answerWith({ cookies: "a=1" }, "x"),
    "with an endless prelude": (body) => body.end(Buffer.alloc(100_000, "x")),
  };

  test.each(Object.entries(failures))("a response %s gives 502", async (_, answer) => {
    const url = await startUrl({ answer });
    const response = await call(url);
    expect([response.statusCode, await readText(response)]).toEqual([502, "Internal Server Error"]);
    expect(await url.reported()).toMatchObject({
      status: 502,
      ended: "function-failed",
      error: expect.any(Error),
    });
  });

  test.each([new FunctionFailed("Timed out"), new Error("anything else")])(
    "an invocation that rejects with %s gives 502",
    async (error) => {
      const url = await startUrl({ invoke: () => Promise.reject(error) });
      const response = await call(url);
      expect([response.statusCode, await readText(response)]).toEqual([502, "Internal Server Error"]);
      expect(response.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
      expect(await url.reported()).toMatchObject({ ended: "function-failed", error });
    },
  );

  test("a malformed prelude gives 502, and the rest of the function's response is read to the end", async () => {
    const url = await startUrl();
    const calling = call(url);
    const body = await url.invoked();
    body.write(prelude("no object"));
    expect((await calling).statusCode).toBe(502);
    body.end(Buffer.alloc(1_000_000));
    await waitFor("the end of the function's response", once(body, "end"));
  });
});

test("if a function fails after its first byte, the connection is cut, and the caller gets what was written before", async () => {
  const url = await startUrl();
  const calling = call(url);
  const body = await url.invoked();
  body.write(prelude({}));
  const response = await calling;
  const pieces: string[] = [];
  response.on("data", (chunk) => pieces.push(String(chunk)));
  const cut = once(response, "error");
  const first = nextPiece(response);
  body.write("one");
  await first;
  body.write("two");
  body.destroy(new Error("exit 1"));
  await waitFor("the cut of the connection", cut);
  expect(pieces.join("")).toMatch(/^one(two)?$/);
  expect(response.complete).toBe(false);
  expect(await url.reported()).toMatchObject({ status: 200, ended: "function-failed" });
});

test("an invocation above the concurrency limit gets 429 with Lambda's error message", async () => {
  const url = await startUrl({ invoke: () => Promise.reject(new TooManyRequests("10 of 10 are busy")) });
  const response = await call(url);
  expect([response.statusCode, response.headers["x-amzn-errortype"]]).toEqual([
    429,
    "TooManyRequestsException",
  ]);
  expect(JSON.parse(await readText(response))).toEqual({
    Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    Type: "User",
    message: "Rate Exceeded.",
  });
  expect(await url.reported()).toMatchObject({ status: 429, ended: "rejected" });
});

test("an error in the Function URL itself gives 502, and the next request works", async () => {
  let failing = true;
  const url = await startUrl({
    answer: answerWith({}, "x"),
    now: () => {
      if (failing) throw new Error("no clock");
      return Date.now();
    },
  });
  expect((await call(url)).statusCode).toBe(502);
  failing = false;
  expect(await readText(await call(url))).toBe("x");
});
