// Rows of slow, unusual and invalid callers. Each caller writes raw bytes to its own socket.
import { expect } from "vitest";
import {
  bareRequest,
  exchange,
  openConnection,
  openSlowReader,
  sendAll,
} from "../../support/callers/bare-caller.ts";
import {
  answered,
  type CallerRow,
  lastLine,
  rejected,
  rest,
  completeRequest,
} from "../../support/matrix/caller-rows.ts";

export const callerRows: CallerRow[] = [
  answered("sends its body byte by byte", async (ask, url) => {
    const { head, body } = await ask();
    const socket = await openConnection(url);
    socket.write(head);
    for (const byte of body) {
      await rest(25);
      socket.write(Buffer.of(byte));
    }
    const received = await exchange(socket, Buffer.alloc(0), lastLine);
    socket.destroy();
    return received;
  }),
  answered("reads byte by byte", async (ask, url) => {
    const { socket, until } = await openSlowReader(url, 1);
    socket.write(completeRequest(await ask()));
    const received = await until(lastLine);
    socket.destroy();
    return received;
  }),
  answered("sends expect: 100-continue", async (ask, url) => {
    const { head, body } = await ask({ headers: { expect: "100-continue" } });
    const socket = await openConnection(url);
    expect(await exchange(socket, head, "\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    const received = await exchange(socket, body, lastLine);
    socket.destroy();
    return received;
  }),
  answered("sends its body in chunks", async (ask, url) => {
    const { head, body } = await ask({ headers: { "transfer-encoding": "chunked" } });
    const chunks = [...body].map((byte) => `1\r\n${String.fromCharCode(byte)}\r\n`).join("");
    return sendAll(url, Buffer.concat([head, Buffer.from(`${chunks}0\r\n\r\n`)]), lastLine);
  }),
  rejected("sends a body that is not JSON", "400 InvalidRequest", async (_, url) => {
    return sendAll(url, completeRequest(await bareRequest(url, `{"modelId": ` as never)), "InvalidRequest");
  }),
  rejected("uses a wrong method", "405 MethodNotAllowed", async (ask, url) => {
    return sendAll(url, completeRequest(await ask({ method: "PUT" })), "MethodNotAllowed");
  }),
  rejected("sends more than 6 MB", "413", async (ask, url) => {
    return sendAll(url, completeRequest(await ask({}, { prompt: "x".repeat(6 * 1024 * 1024) })));
  }),
  rejected("signs with a wrong secret", "403", async (ask, url) => {
    return sendAll(url, completeRequest(await ask({ secretAccessKey: "another" })), "message");
  }),
  rejected("has a clock ten minutes behind", "403", async (ask, url) => {
    return sendAll(url, completeRequest(await ask({ date: new Date(Date.now() - 600_000) })), "message");
  }),
];
