// Checks of Bedrock's own operations with AWS's SDK, which is given the service's endpoint and signing name.
import type { BedrockRuntimeClient, ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import { createClient } from "../../lib/client/index.ts";
import { type Check, deadline } from "./checks.ts";
import type { SmokeTarget } from "./smoke-options.ts";

type Call = (client: BedrockRuntimeClient, input: ConverseCommandInput) => Promise<string>;

/** A model id that no service has in its list. The SDK sends the colon as `%3A`. */
const unlisted = "smoke.none-v1:0";

/** Costs nothing: if the signature is accepted, the service rejects the model. */
export function colonCheck(target: SmokeTarget): Check {
  return {
    claim: "the signature of a path with an encoded colon is accepted",
    run: () => withSdk(target, (client) => expectRejection(client)),
  };
}

/** Costs two short answers. */
export function sdkChecks(target: SmokeTarget): Check[] {
  const answered = (call: Call) => (): Promise<string> =>
    withSdk(target, async (client) => {
      const modelId = await findModelId(target);
      return `${modelId}: ${await call(client, requestFor(modelId))}`;
    });
  return [
    { claim: "AWS's SDK reads a stream from ConverseStream", run: answered(expectStream) },
    { claim: "AWS's SDK gets a complete answer from Converse", run: answered(expectAnswer) },
  ];
}

/** Imports the SDK on first use. Loading it takes half a second, and the error for a wrong option should not wait for that. */
async function withSdk<T>(
  { url, region, credentials }: SmokeTarget,
  run: (client: BedrockRuntimeClient) => Promise<T>,
): Promise<T> {
  const { BedrockRuntimeClient: Client } = await import("@aws-sdk/client-bedrock-runtime");
  const { NodeHttpHandler } = await import("@smithy/node-http-handler");
  const settings = { endpoint: url, region, credentials, signingName: "lambda", maxAttempts: 1 };
  const client = new Client({ ...settings, requestHandler: new NodeHttpHandler() });
  try {
    return await run(client);
  } finally {
    client.destroy();
  }
}

/** The id of the model, which usually has a colon, or the model's name if the service's list does not contain ids. */
async function findModelId({ url, region, credentials, model }: SmokeTarget): Promise<string> {
  const client = createClient({ url, region, credentials, retry: { limit: 0 } });
  const models = await client.models({ signal: deadline() });
  const found = models.find(({ name, default: isDefault }) =>
    model === undefined ? isDefault : name === model,
  );
  return found?.modelId ?? found?.name ?? model ?? "";
}

function requestFor(modelId: string): ConverseCommandInput {
  const messages: ConverseCommandInput["messages"] = [{ role: "user", content: [{ text: "Say hello." }] }];
  return { modelId, messages, inferenceConfig: { maxTokens: 50 } };
}

async function expectRejection(client: BedrockRuntimeClient): Promise<string> {
  const { ConverseCommand } = await import("@aws-sdk/client-bedrock-runtime");
  const asked = client.send(new ConverseCommand(requestFor(unlisted)), { abortSignal: deadline() });
  const error: unknown = await asked.then(
    () => new Error("an answer came"),
    (reason: unknown) => reason,
  );
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  // The service's 403 quotes the model id that it received. AWS's 403 would be about the signature or the permissions.
  if (status === 403 && message.includes(`"${unlisted}"`)) return `403 ${name}`;
  throw new Error(
    `expected the service's 403, found ${status} ${name}: ${message.split("\n")[0]?.slice(0, 200)};` +
      " if only this check fails, call models by names without a colon",
  );
}

async function expectStream(client: BedrockRuntimeClient, input: ConverseCommandInput): Promise<string> {
  const { ConverseStreamCommand } = await import("@aws-sdk/client-bedrock-runtime");
  const startedAt = performance.now();
  const since = (): number => Math.round(performance.now() - startedAt);
  const { stream } = await client.send(new ConverseStreamCommand(input), { abortSignal: deadline() });
  let events = 0;
  let firstDeltaMs: number | undefined;
  let isComplete = false;
  for await (const event of stream ?? []) {
    events++;
    if (event.contentBlockDelta) firstDeltaMs ??= since();
    if (event.messageStop) isComplete = true;
  }
  if (!isComplete) throw new Error(`the stream of ${events} events had no messageStop`);
  if (firstDeltaMs === undefined) throw new Error("the answer had no delta");
  return `${events} events, the first delta after ${firstDeltaMs} ms, the end after ${since()} ms`;
}

async function expectAnswer(client: BedrockRuntimeClient, input: ConverseCommandInput): Promise<string> {
  const { ConverseCommand } = await import("@aws-sdk/client-bedrock-runtime");
  const { output, stopReason, usage } = await client.send(new ConverseCommand(input), {
    abortSignal: deadline(),
  });
  if (!output?.message?.content?.length) throw new Error("the answer had no content");
  if (!usage?.outputTokens) throw new Error(`the answer's usage is ${JSON.stringify(usage)}`);
  return `${usage.inputTokens} tokens in, ${usage.outputTokens} out, ${stopReason}`;
}
