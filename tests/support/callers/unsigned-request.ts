// Sends a request without a signature, and reads the complete response.
import { request, type IncomingMessage, type RequestOptions } from "node:http";
import { waitFor } from "../deadline.ts";
import { readAll } from "./bedrock-client.ts";

export interface UnsignedResponse {
  status: number | undefined;
  body: string;
}

/** Works even if the server responds before it has received the whole request. */
export async function sendUnsigned(
  url: string,
  options: RequestOptions = {},
  body = "",
): Promise<UnsignedResponse> {
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request(url, options, resolve).on("error", reject).end(body);
  });
  const answered = await waitFor(`The answer from ${url}`, response);
  return { status: answered.statusCode, body: String(await readAll(answered)) };
}
