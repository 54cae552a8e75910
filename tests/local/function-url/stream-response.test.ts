// Tests how the function's response reaches the caller: status, headers, and bytes as they arrive.
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { waitFor } from "../../support/deadline.ts";
import {
  answerWith,
  call,
  nextPiece,
  prelude,
  startUrl,
  readText,
} from "../../support/servers/local-function-url.ts";

describe("a response with a prelude", () => {
  test("a response arrives piece by piece, after its status and headers", async () => {
    const url = await startUrl();
    const calling = call(url);
    const body = await url.invoked();
    body.write(prelude({ statusCode: 201, headers: { "Content-Type": "application/x-ndjson" } }));
    const response = await calling;
    expect(response.statusCode).toBe(201);
    expect(response.headers["content-type"]).toBe("application/x-ndjson");
    for (const line of ["one\n", "two\n", "three\n"]) {
      const arrival = nextPiece(response);
      body.write(line);
      expect(await arrival).toBe(line);
    }
    body.end();
    await waitFor("the end of the response", once(response, "end"));
    expect(await url.reported()).toMatchObject({
      method: "POST",
      path: "/",
      status: 201,
      bytes: 14,
      ended: "complete",
    });
  });

  test("a function may write its prelude and its body in pieces of one byte", async () => {
    const url = await startUrl({
      answer: async (body) => {
        const bytes = Buffer.concat([
          prelude({ statusCode: 202, headers: { "x-a": "1" } }),
          Buffer.from("é\0\0"),
        ]);
        for (const byte of bytes) {
          body.write(Buffer.of(byte));
          await new Promise(setImmediate);
        }
        body.end();
      },
    });
    const response = await call(url);
    expect([response.statusCode, response.headers["x-a"]]).toEqual([202, "1"]);
    expect(await readText(response)).toBe("é\0\0");
  });

  test("a response has the Function URL's own headers, even if the function sets them", async () => {
    const headers = {
      "X-Amzn-RequestId": "mine",
      Date: "yesterday",
      "content-length": "3",
      connection: "close",
    };
    const url = await startUrl({ answer: answerWith({ headers }, "four") });
    const response = await call(url);
    const [{ requestId, traceId }] = url.invocations as [(typeof url.invocations)[0]];
    expect(response.headers).toMatchObject({
      "x-amzn-requestid": requestId,
      "x-amzn-trace-id": traceId,
      "transfer-encoding": "chunked",
      "x-amzn-remapped-content-length": "3",
    });
    expect(Date.parse(response.headers.date!)).toBeGreaterThan(Date.now() - 60_000);
    expect(await readText(response)).toBe("four");
  });

  test("a response has a header for each cookie, and one header for all spellings of a name", async () => {
    const metadata = {
      headers: { "Content-Type": "text/plain", "content-type": "text/html", "x-number": 7 },
      cookies: ["a=1; Path=/", "b=2"],
    };
    const { headers, rawHeaders } = await call(await startUrl({ answer: answerWith(metadata, "x") }));
    expect(headers).toMatchObject({
      "content-type": "text/html",
      "set-cookie": ["a=1; Path=/", "b=2"],
      "x-number": "7",
    });
    expect(rawHeaders.filter((name) => name.toLowerCase() === "content-type")).toHaveLength(1);
  });

  test("a response has the status 200 and the content type application/octet-stream by default", async () => {
    const response = await call(await startUrl({ answer: answerWith({}, "x") }));
    expect([response.statusCode, response.headers["content-type"]]).toEqual([
      200,
      "application/octet-stream",
    ]);
  });

  test("a response may have no body", async () => {
    const response = await call(await startUrl({ answer: answerWith({ statusCode: 404 }) }));
    expect([response.statusCode, await readText(response)]).toEqual([404, ""]);
  });
});

describe("a response without a prelude", () => {
  test("a response without a prelude starts with 200 and the function's content type at its first byte", async () => {
    const url = await startUrl({ contentType: "text/plain" });
    const calling = call(url);
    const body = await url.invoked();
    body.write("first");
    const response = await calling;
    expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "text/plain"]);
    expect(await nextPiece(response)).toBe("first");
    body.end();
  });

  test("a response without a prelude may be empty", async () => {
    const response = await call(await startUrl({ contentType: "text/plain", answer: (body) => body.end() }));
    expect([response.statusCode, await readText(response)]).toEqual([200, ""]);
  });
});

describe("a response whose body the caller does not get", () => {
  test.each([
    ["HEAD", 200],
    ["POST", 204],
    ["POST", 304],
  ])(
    "a function's response is read to its end even if the caller gets no body: %s with the status %i",
    async (method, statusCode) => {
      const url = await startUrl();
      const calling = call(url, { method });
      const body = await url.invoked();
      body.write(prelude({ statusCode, headers: { "x-a": "1" } }));
      const response = await calling;
      expect([response.statusCode, response.headers["x-a"], await readText(response)]).toEqual([
        statusCode,
        "1",
        "",
      ]);
      body.end(Buffer.alloc(1_000_000));
      await waitFor("the end of the function's response", once(body, "end"));
      expect(await url.reported()).toMatchObject({ status: statusCode, bytes: 0, ended: "complete" });
    },
  );
});
