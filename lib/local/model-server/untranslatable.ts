// The error for content that the chat completions API cannot express.
import { ValidationError } from "../bedrock/index.ts";

/** `path` is the place in the request, such as `messages.0.content.1.document`. */
export function untranslatable(path: string): ValidationError {
  return new ValidationError(
    `The value at ${path} cannot be sent to the model server: chat completions have no counterpart. Remove it and try again.`,
  );
}
