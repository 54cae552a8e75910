// Tests the local Bedrock over HTTP/1.1 and HTTP/2 on one port.
import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import type { LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { pathOf, postRequest, readAll, splitFrames, userSays } from "../../support/callers/bedrock-client.ts";
import { waitFor } from "../../support/deadline.ts";

const hello = userSays("hello");
let bedrock: LocalBedrock;
beforeEach(async () => {
  bedrock = await startBedrock({ deltasPerSecond: Infinity });
});
afterEach(() => waitFor("closing", bedrock.close()));

test("a request that arrives byte by byte is served", async () => {
  const body = JSON.stringify(hello);
  const socket = connect({ port: bedrock.port, host: "127.0.0.1", noDelay: true });
  const head = `POST ${pathOf("local.throttled")} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer x\r\n`;
  for (const byte of Buffer.from(
    `${head}connection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )) {
    await new Promise((written) => socket.write(Buffer.of(byte), written));
  }
  const answer = await waitFor("the answer", readAll(socket));
  expect(String(answer)).toMatch(/^HTTP\/1\.1 429 /);
});

test("a silent connection, or one that ends within HTTP/2's preface, does no harm", async () => {
  for (const words of ["", "P", "PR", "PRI * HTTP/2.0\r\n", "no protocol\r\n\r\n"]) {
    const socket = connect({ port: bedrock.port, host: "127.0.0.1" });
    socket.end(words);
    socket.resume();
    await waitFor("the end of the connection", once(socket, "close"));
  }
  expect((await postRequest(bedrock.url + pathOf("local.throttled"), hello)).statusCode).toBe(429);
  expect(bedrock.statistics).toMatchObject({ active: 0, aborted: 0 });
});

test("an HTTP/2 session can be used again after one of its streams was cancelled", async () => {
  const session = connectHttp2(bedrock.url);
  const call = (modelId: string) => {
    const stream = session.request({
      ":method": "POST",
      ":path": pathOf(modelId),
      authorization: "Bearer x",
    });
    stream.on("error", () => {});
    return stream.end(JSON.stringify(hello));
  };
  const stalled = call("local.stall");
  await waitFor("the first bytes", once(stalled, "data"));
  stalled.close(constants.NGHTTP2_CANCEL);
  await waitFor("the end of the cancelled stream", bedrock.idle());
  expect(bedrock.statistics).toMatchObject({ requests: 1, aborted: 1 });
  const frames = splitFrames(await waitFor("the other stream", readAll(call("local.echo"))));
  expect(frames.length).toBeGreaterThan(4);
  session.close();
});

test.each([
  ["local.cut", constants.NGHTTP2_CANCEL],
  ["local.half-frame", constants.NGHTTP2_NO_ERROR],
])("over HTTP/2, %s sends half a frame and ends with the error code %i", async (modelId, code) => {
  const session = connectHttp2(bedrock.url);
  const stream = session.request({ ":method": "POST", ":path": pathOf(modelId), authorization: "Bearer x" });
  let received = 0;
  stream.on("data", (chunk: Buffer) => (received += chunk.length));
  stream.end(JSON.stringify(hello));
  await waitFor("the end of the stream", once(stream, "close"));
  expect(stream.rstCode).toBe(code);
  await waitFor("the end of the request", bedrock.idle());
  expect(bedrock.statistics).toMatchObject({ completed: 1, bytes: received });
  session.close();
});

test("close() ends streams that are still running, and may be called twice", async () => {
  const stalled = await postRequest(bedrock.url + pathOf("local.stall"), hello);
  const ending = readAll(stalled).catch((error: Error) => error.message);
  await waitFor("closing", bedrock.close());
  await waitFor("closing again", bedrock.close());
  expect(await waitFor("the end of the stream", ending)).toBe("aborted");
});
