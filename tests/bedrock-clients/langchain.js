// Calls the service with LangChain for JavaScript.
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { ChatBedrockConverse } from "@langchain/aws";
import { bedrockClientOptions } from "../../lib/bedrock/index.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

export function connectLangChain(url) {
  const options = bedrockClientOptions({ url, region: "us-east-1", credentials });
  const client = new BedrockRuntimeClient(options);
  const chatWith = (model) => new ChatBedrockConverse({ model, client, region: options.region });
  return {
    async stream(modelId, prompt) {
      let text = "";
      for await (const chunk of await chatWith(modelId).stream(prompt)) text += chunk.text;
      return text;
    },
    async converse(modelId, prompt) {
      return (await chatWith(modelId).invoke(prompt)).text;
    },
    errorOf: ({ name, $metadata }) => ({ name, status: $metadata?.httpStatusCode }),
  };
}
