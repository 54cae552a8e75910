// Hono on Lambda, with its streaming helper around the SDK:
// https://hono.dev/docs/getting-started/aws-lambda#lambda-response-streaming
// JavaScript, because these packages may not be installed when the repository's types are checked.
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { Hono } from "hono";
import { streamHandle } from "hono/aws-lambda";
import { streamText } from "hono/streaming";

const client = new BedrockRuntimeClient({});
const modelId = process.env.MODEL_ID;
const app = new Hono();

app.post("/", async (context) => {
  const { prompt } = await context.req.json();
  return streamText(context, async (stream) => {
    const messages = [{ role: "user", content: [{ text: prompt }] }];
    const response = await client.send(new ConverseStreamCommand({ modelId, messages }));
    for await (const item of response.stream) await stream.writeln(JSON.stringify(item));
  });
});

export const handler = streamHandle(app);
