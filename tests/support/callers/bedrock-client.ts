// Calls the local Bedrock without an SDK and cuts the response into frames.
import { request } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { waitFor } from "../deadline.ts";

export function userSays(text: string): { messages: { role: "user"; content: { text: string }[] }[] } {
  return { messages: [{ role: "user", content: [{ text }] }] };
}

export function pathOf(modelId: string): string {
  return `/model/${encodeURIComponent(modelId)}/converse-stream`;
}

/** Resolves when the headers have arrived. The body is not read yet. */
export function postRequest(
  url: string,
  body: unknown,
  options: RequestOptions = {},
): Promise<IncomingMessage> {
  const headers = { authorization: "Bearer local", "content-type": "application/json" };
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    const call = request(url, { method: "POST", headers, ...options }, resolve);
    call.on("error", reject);
    call.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  return waitFor("the response", response);
}

export async function readAll(response: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function splitFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    frames.push(bytes.subarray(at, at + length));
    at += length;
  }
  return frames;
}
