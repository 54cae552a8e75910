// The form of model ids, and the id within an ARN.

/** The characters that Bedrock allows. No slash at the end, because names are made from the part after the last slash. */
export const modelIdForm = /^[\w.:/-]*[\w.:-]$/;

/** The last part of an ARN, which is the id of a model or an inference profile. An id that is not an ARN is returned unchanged. */
export function lastSegment(modelId: string): string {
  return modelId.startsWith("arn:") ? modelId.slice(modelId.lastIndexOf("/") + 1) : modelId;
}
