// Tests what happens to the function when a caller disconnects or does not read.
import { EventEmitter, once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { FunctionFailed, TooManyRequests } from "../../../lib/local/invocation.ts";
import { waitFor } from "../../support/deadline.ts";
import {
  openRequest,
  prelude,
  responseTo,
  startUrl,
  readText,
} from "../../support/servers/local-function-url.ts";

describe("disconnects", () => {
  test("a caller that disconnects in mid-stream does not stop the function, and the Function URL reads the function's response to its end", async () => {
    const url = await startUrl();
    const { body, response } = await startStream(url);
    response.destroy();
    expect(await url.reported()).toMatchObject({ status: 200, ended: "disconnected" });
    await writeOut(body, 8);
  });

  test("a caller that disconnects without having read anything unblocks the function", async () => {
    const url = await startUrl();
    const { body, response } = await startStream(url);
    const written = writeOut(body, 64);
    await once(body, "pause-seen");
    response.destroy();
    await written;
  });

  test("a disconnect is reported once, though both the response and the connection close", async () => {
    const url = await startUrl();
    const { body, response } = await startStream(url);
    response.destroy();
    expect(await url.reported()).toMatchObject({ ended: "disconnected" });
    body.end();
    const next = await openRequest(url);
    next.end();
    const answer = await url.invoked(2);
    answer.write(prelude({}));
    answer.end();
    await readText(await responseTo(next));
    expect(await url.reported()).toMatchObject({ ended: "complete" });
  });

  test("a caller that disconnects before the function responds does not stop the function", async () => {
    const url = await startUrl();
    const request = await openRequest(url);
    request.on("error", () => {});
    request.end();
    const body = await url.invoked();
    request.destroy();
    expect(await url.reported()).toMatchObject({ ended: "disconnected" });
    body.write(prelude({}));
    await writeOut(body, 8);
  });

  test.each([new TooManyRequests("busy"), new FunctionFailed("crashed")])(
    "a caller that disconnects before an error response does no harm: %s",
    async (error) => {
      const invoked = new EventEmitter();
      const url = await startUrl({
        invoke: () => new Promise((_resolve, reject) => invoked.emit("invoked", reject)),
      });
      const invocation = once(invoked, "invoked");
      const request = await openRequest(url);
      request.on("error", () => {});
      request.end();
      const [reject] = await waitFor("the invocation", invocation);
      request.destroy();
      expect(await url.reported()).toMatchObject({ ended: "disconnected" });
      reject(error);
      // An unhandled error would end the process in the next turn of the event loop.
      await new Promise(setImmediate);
    },
  );
});

test("a caller that does not read pauses the function, and gets everything once it reads again", async () => {
  const url = await startUrl();
  const { body, response } = await startStream(url);
  const written = writeOut(body, 64);
  const [megabytes] = await waitFor("a pause of the function", once(body, "pause-seen"));
  expect(megabytes).toBeLessThan(40);
  let received = 0;
  response.on("data", (chunk: Buffer) => (received += chunk.length));
  await written;
  await waitFor("the end of the response", once(response, "end"));
  expect(received).toBe(64 * 1_000_000);
});

async function startStream(url: Awaited<ReturnType<typeof startUrl>>): Promise<{
  body: PassThrough;
  response: IncomingMessage;
}> {
  const request = await openRequest(url);
  request.end();
  const body = await url.invoked();
  body.write(prelude({}));
  const response = await responseTo(request);
  response.on("error", () => {});
  return { body, response };
}

/**
 * Writes this many megabytes, waits for `drain` as a function does, and ends the body. If a wait takes longer than 500 ms, `body`
 * emits `pause-seen` with the number of megabytes written before.
 */
async function writeOut(body: PassThrough, megabytes: number): Promise<void> {
  const end = once(body, "end");
  for (let count = 0; count < megabytes; count += 1) {
    if (body.write(Buffer.alloc(1_000_000))) continue;
    const pause = setTimeout(() => body.emit("pause-seen", count), 500);
    await waitFor("the drain of the function's response", once(body, "drain"));
    clearTimeout(pause);
  }
  body.end();
  await waitFor("the end of the function's response", end);
}
