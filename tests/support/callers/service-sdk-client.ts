// Calls the service's own Bedrock operations with AWS's SDK, and makes Converse's response from the events of a stream.
import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
  ConverseStreamCommand,
  type ContentBlock,
  type ConverseStreamOutput,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { waitFor } from "../deadline.ts";
import { userSays } from "./bedrock-client.ts";

export interface SdkOutcome<T> {
  value: T;
  error: unknown;
  /** The number of attempts that the SDK made. */
  attempts: number;
}

/** The SDK's clients accept the option `signingName`, although the type of their options lacks it. */
export function createServiceClient(
  url: string,
  { signingName = "lambda", ...options }: BedrockRuntimeClientConfig & { signingName?: string } = {},
): BedrockRuntimeClient {
  const configuration = {
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    signingName,
    requestHandler: new NodeHttpHandler(),
    ...options,
  };
  return new BedrockRuntimeClient(configuration);
}

/** Calls ConverseStream. Resolves with the events, and with the error if an error ended the stream. */
export async function streamWith(
  client: BedrockRuntimeClient,
  modelId: string,
  text = "send 100",
): Promise<SdkOutcome<ConverseStreamOutput[]>> {
  const events: ConverseStreamOutput[] = [];
  let attempts = 0;
  const read = async (): Promise<void> => {
    const { stream, $metadata } = await client.send(
      new ConverseStreamCommand({ modelId, ...userSays(text) }),
    );
    attempts = $metadata.attempts ?? 0;
    for await (const event of stream ?? []) events.push(event);
  };
  const error: unknown = await waitFor(`the stream of ${modelId}`, read().catch(itself));
  return { value: events, error, attempts: attempts || attemptsOf(error) };
}

export async function converseWith(client: BedrockRuntimeClient, modelId: string, text = "send 100") {
  const asked = client.send(new ConverseCommand({ modelId, ...userSays(text) }));
  const answer = await waitFor(
    `the response of ${modelId}`,
    asked.then(
      (value) => ({ value, error: undefined }),
      (error: unknown) => ({ value: undefined, error }),
    ),
  );
  return { ...answer, attempts: answer.value?.$metadata.attempts ?? attemptsOf(answer.error) };
}

/** Makes the response that Converse would return for these events, without `$metadata`. */
export function foldByHand(events: ConverseStreamOutput[]): Record<string, unknown> {
  const content: ContentBlock[] = [];
  const inputs: string[] = [];
  let role: string | undefined;
  let ending: Record<string, unknown> = {};
  for (const event of events) {
    role ??= event.messageStart?.role;
    const { contentBlockIndex: at = 0 } = event.contentBlockStart ?? event.contentBlockDelta ?? {};
    const toolUse = event.contentBlockStart?.start?.toolUse;
    if (toolUse) content[at] = { toolUse: { ...toolUse, input: {} } } as ContentBlock;
    const delta = event.contentBlockDelta?.delta;
    if (delta?.text !== undefined) content[at] = { text: (content[at]?.text ?? "") + delta.text };
    if (delta?.toolUse) inputs[at] = (inputs[at] ?? "") + delta.toolUse.input;
    const { text, signature, redactedContent } = delta?.reasoningContent ?? {};
    if (redactedContent) content[at] = { reasoningContent: { redactedContent } };
    if (text !== undefined || signature !== undefined) {
      const before = content[at]?.reasoningContent?.reasoningText;
      const all = { ...before, text: (before?.text ?? "") + (text ?? "") };
      content[at] = { reasoningContent: { reasoningText: signature ? { ...all, signature } : all } };
    }
    ending = { ...ending, ...event.messageStop, ...event.metadata };
  }
  for (const [at, input] of inputs.entries()) {
    const { toolUse } = content[at] ?? {};
    if (toolUse && input) content[at] = { toolUse: { ...toolUse, input: JSON.parse(input) } } as ContentBlock;
  }
  return { output: { message: { role, content } }, ...ending };
}

/** A response without the parts that differ from call to call: metadata, ids of tool calls, and latency. Bytes become base64. */
export function comparable(response: object | undefined): unknown {
  const { $metadata: _, ...rest } = response as { $metadata?: unknown };
  const text = JSON.stringify(rest, (name, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : name === "latencyMs" ? 0 : value,
  );
  return JSON.parse(text.replaceAll(/tooluse_\w+/g, "tooluse_x"));
}

export function textOf(events: ConverseStreamOutput[]): string {
  return events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("");
}

function itself(error: unknown): unknown {
  return error;
}

function attemptsOf(error: unknown): number {
  return (error as { $metadata?: { attempts?: number } } | undefined)?.$metadata?.attempts ?? 0;
}
