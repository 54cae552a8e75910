// Builds a request from the options and the conversation so far.
import type { ConverseRequest } from "../client/index.ts";
import { megabytesOf } from "../shared/attachment-limits.ts";
import { maxLambdaRequestBytes } from "../shared/receive-body.ts";
import { UsageError } from "./command-failure.ts";
import type { ConversationOptions } from "./command-options.ts";
import type { Conversation } from "./conversation.ts";

/** Throws `UsageError` for a request that is too large for Lambda. */
export function buildRequest(
  { maxTokens, temperature }: Pick<ConversationOptions, "maxTokens" | "temperature">,
  { model, system, messages }: Conversation,
): ConverseRequest {
  const inferenceConfig = {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
  };
  const request = {
    ...(model !== undefined && { modelId: model }),
    ...(system !== undefined && { system }),
    ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
    messages,
  };
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes <= maxLambdaRequestBytes) return request;
  throw new UsageError(
    `Cannot send the request: it is ${megabytesOf(bytes)}, and Lambda accepts 6 MB;` +
      " send less (base64 makes files a third larger)",
  );
}
