// CountTokens: returns the number that Converse would report as `usage.inputTokens` for the same request.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
import { estimateTokens, readConversation } from "./read-conversation.ts";
import { checkBytes } from "./validation/check-media.ts";
import { isPresent, requireObject, requireUnion } from "./validation/validation-error.ts";
import type { JsonObject } from "../../wire.ts";

/** Throws `ValidationError`. */
export function countTokens({ input }: JsonObject): JsonObject {
  const [kind, content] = requireUnion(input, {
    path: "input",
    shape: "CountTokensInput",
    keys: ["converse", "invokeModel"],
  });
  const request = requireObject(content, `input.${kind}`);
  if (kind === "converse") return { inputTokens: readConversation(request).inputTokens };
  const body = request["body"];
  if (isPresent(body)) checkBytes(body, "input.invokeModel.body");
  return { inputTokens: estimateTokens(Buffer.from(String(body ?? ""), "base64").toString()) };
}
