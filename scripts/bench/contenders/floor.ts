// The floor, a contender that does the least possible: pipes Bedrock's bytes through unread, and sends a fake signature.
import { request as requestHttp } from "node:http";
import { request as requestHttps, Agent } from "node:https";
import { pipeline } from "node:stream/promises";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { modelId, promptOf } from "./model-and-prompt.ts";

const endpoint = new URL(process.env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] ?? "");
const url = new URL(`/model/${encodeURIComponent(modelId)}/converse-stream`, endpoint);
const isHttps = url.protocol === "https:";
const headers = {
  "content-type": "application/json",
  authorization: "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/bedrock/aws4_request, Signature=none",
};
const agent = new Agent({ keepAlive: true });

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: promptOf(event) }] }] });
  const options = { method: "POST", headers };
  const request = isHttps ? requestHttps(url, { ...options, agent }) : requestHttp(url, options);
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  await pipeline(
    response,
    awslambda.HttpResponseStream.from(responseStream, {
      statusCode: 200,
      headers: { "content-type": "application/octet-stream" },
    }),
  );
});
