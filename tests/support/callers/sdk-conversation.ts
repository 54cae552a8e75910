// Reads the answers of scripted models with AWS's SDK for JavaScript, over HTTP/2 and HTTP/1.1.
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import type { ConverseStreamCommandInput, ConverseStreamOutput } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { userSays } from "./bedrock-client.ts";
import { waitFor } from "../deadline.ts";

process.env["AWS_EC2_METADATA_DISABLED"] = "true";

export const transports: [name: string, transport: () => object][] = [
  ["HTTP/2, the SDK's default,", () => ({})],
  ["HTTP/1.1", () => ({ requestHandler: new NodeHttpHandler() })],
];

export interface Conversation {
  events: ConverseStreamOutput[];
  /** The error that ended the stream, or undefined. */
  error: unknown;
}

export function createSdkClient(url: string, transport: object): BedrockRuntimeClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new BedrockRuntimeClient({
    endpoint: url,
    region: "us-east-1",
    maxAttempts: 1,
    credentials,
    ...transport,
  });
}

export async function converse(
  client: BedrockRuntimeClient,
  input: Partial<ConverseStreamCommandInput> & { modelId: string },
  signal?: AbortSignal,
): Promise<Conversation> {
  const events: ConverseStreamOutput[] = [];
  async function read(): Promise<void> {
    const command = new ConverseStreamCommand({ ...userSays("send 100"), ...input });
    const { stream } = await client.send(command, signal ? { abortSignal: signal } : {});
    for await (const event of stream ?? []) events.push(withBase64(event));
  }
  const error: unknown = await waitFor(
    `the end of ${input.modelId}`,
    read().catch((reason: unknown) => reason),
  );
  return { events, error };
}

/** Writes bytes as base64, as on the wire. */
function withBase64(event: ConverseStreamOutput): ConverseStreamOutput {
  const text = JSON.stringify(event, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
  );
  return JSON.parse(text) as ConverseStreamOutput;
}
