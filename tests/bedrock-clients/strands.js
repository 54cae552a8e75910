// Calls the service with Strands Agents for TypeScript.
import { Agent, BedrockModel } from "@strands-agents/sdk";
import { bedrockClientOptions } from "../../lib/bedrock/index.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

export function connectStrands(url) {
  const clientConfig = bedrockClientOptions({ url, region: "us-east-1", credentials });
  async function invoke(modelId, prompt, stream) {
    const agent = new Agent({ model: new BedrockModel({ modelId, stream, clientConfig }), printer: false });
    const { lastMessage } = await agent.invoke(prompt);
    return lastMessage.content.map((block) => (block.type === "textBlock" ? block.text : "")).join("");
  }
  return {
    stream: (modelId, prompt) => invoke(modelId, prompt, true),
    converse: (modelId, prompt) => invoke(modelId, prompt, false),
    errorOf: ({ cause }) => ({ name: cause?.name, status: cause?.$metadata?.httpStatusCode }),
  };
}
