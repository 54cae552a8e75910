// The AWS SDK as AWS's samples use it: `for await` over the events, each as a line of JSON.
// https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-runtime_example_bedrock-runtime_ConverseStream_AmazonNovaText_section.html
import { once } from "node:events";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { modelId, promptOf } from "./model-and-prompt.ts";

const client = new BedrockRuntimeClient({});

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const messages = [{ role: "user" as const, content: [{ text: promptOf(event) }] }];
  const response = await client.send(new ConverseStreamCommand({ modelId, messages }));
  const stream = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { "content-type": "application/x-ndjson" },
  });
  for await (const item of response.stream ?? []) {
    // Unlike AWS's samples, this waits for a slow reader. Without the wait, unread data would stay in memory.
    if (!stream.write(`${JSON.stringify(item)}\n`)) await once(stream, "drain");
  }
  stream.end();
});
