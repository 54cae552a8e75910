// The AI SDK with its Bedrock provider: https://ai-sdk.dev/docs/ai-sdk-core/generating-text#streamtext
// JavaScript, because these packages may not be installed when the repository's types are checked.
import { once } from "node:events";
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { streamText } from "ai";

const bedrock = createAmazonBedrock({ baseURL: process.env.AWS_ENDPOINT_URL_BEDROCK_RUNTIME });
const model = bedrock(process.env.MODEL_ID);

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const { prompt } = JSON.parse(event.body);
  const stream = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
  const { textStream } = streamText({ model, prompt });
  for await (const text of textStream) if (!stream.write(text)) await once(stream, "drain");
  stream.end();
});
