// The floor over HTTP/2: pipes Bedrock's bytes through unread, on a session that all invocations share.
import { connect, type ClientHttp2Session } from "node:http2";
import { pipeline } from "node:stream/promises";
import { modelId, promptOf } from "./model-and-prompt.ts";

const endpoint = process.env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] ?? "";
const headers = {
  ":method": "POST",
  ":path": `/model/${encodeURIComponent(modelId)}/converse-stream`,
  "content-type": "application/json",
  authorization: "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/bedrock/aws4_request, Signature=none",
};
let session: ClientHttp2Session | undefined;

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: promptOf(event) }] }] });
  if (session === undefined || session.closed || session.destroyed) session = connect(endpoint);
  const request = session.request(headers);
  request.end(body);
  await pipeline(
    request,
    awslambda.HttpResponseStream.from(responseStream, {
      statusCode: 200,
      headers: { "content-type": "application/octet-stream" },
    }),
  );
});
