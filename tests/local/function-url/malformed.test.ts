// Tests the response to malformed HTTP and to HTTP/1.0.
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { waitFor } from "../../support/deadline.ts";
import { answerWith, call, startUrl, readText } from "../../support/servers/local-function-url.ts";

describe("malformed requests", () => {
  const inputs: Record<string, string> = {
    "text that is not HTTP": "hello\r\n\r\n",
    "no host": "GET / HTTP/1.1\r\n\r\n",
    "a header without a name": "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n: 1\r\n\r\n",
    "two lengths": "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
    "a length and chunks":
      "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "an invalid chunk": "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "a target that is a URL": "GET http://x/ HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
    "a target that is an asterisk": "OPTIONS * HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
  };

  test.each(Object.entries(inputs))(
    "a malformed request gets 400, and the connection ends: %s",
    async (_, input) => {
      const url = await startUrl({ answer: answerWith({}, "x") });
      expect(await exchangeRaw(url.port, input)).toMatch(/^HTTP\/1\.1 400 /);
      expect(url.invocations).toHaveLength(0);
      expect(await readText(await call(url))).toBe("x");
    },
  );

  test("a request whose headers are too long gets 431", async () => {
    const { port } = await startUrl();
    const input = `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\na: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await exchangeRaw(port, input)).toMatch(/^HTTP\/1\.1 431 /);
  });
});

test("an HTTP/1.0 caller gets a response without chunks, and the end of the connection ends the response", async () => {
  const { port } = await startUrl();
  expect(await exchangeRaw(port, "GET / HTTP/1.0\r\nhost: 127.0.0.1\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 403 [^]*\r\n\r\n\{"Message"/,
  );
});

/** Sends the bytes, and resolves with everything received until the connection ends. */
async function exchangeRaw(port: number, input: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("utf8");
  socket.write(input);
  let output = "";
  socket.on("data", (chunk) => (output += chunk));
  await waitFor("the end of the connection", once(socket, "close"));
  return output;
}
