// LangChain's ChatBedrockConverse: https://docs.langchain.com/oss/javascript/integrations/chat/bedrock_converse
// JavaScript, because these packages may not be installed when the repository's types are checked.
import { once } from "node:events";
import { ChatBedrockConverse } from "@langchain/aws";

const model = new ChatBedrockConverse({ model: process.env.MODEL_ID, region: process.env.AWS_REGION });

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const { prompt } = JSON.parse(event.body);
  const stream = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
  for await (const chunk of await model.stream(prompt)) {
    // The last chunks have only metadata and no text, so there is nothing to write.
    if (chunk.text !== "" && !stream.write(chunk.text)) await once(stream, "drain");
  }
  stream.end();
});
