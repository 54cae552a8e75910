// Calls the service with the AI SDK, with the SDK's default settings.
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { generateText, RetryError, streamText } from "ai";
import { createSignedFetch } from "../../lib/signer/index.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

export function createBedrock(url) {
  const signing = { credentials, region: "us-east-1", service: "lambda", replaceSignature: true };
  return createAmazonBedrock({ baseURL: url, apiKey: "replaced", fetch: createSignedFetch(signing) });
}

export function connectAiSdk(url) {
  const bedrock = createBedrock(url);
  return {
    async stream(modelId, prompt) {
      const { fullStream } = streamText({ model: bedrock(modelId), prompt, onError: () => {} });
      let text = "";
      for await (const part of fullStream) {
        if (part.type === "error") throw part.error;
        if (part.type === "text-delta") text += part.text;
      }
      return text;
    },
    async converse(modelId, prompt) {
      return (await generateText({ model: bedrock(modelId), prompt })).text;
    },
    errorOf(error) {
      const last = RetryError.isInstance(error) ? error.lastError : error;
      return { status: last.statusCode };
    },
  };
}
