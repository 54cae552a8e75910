// The form of model ids, and the id within an ARN.

/** The characters that Bedrock allows. No slash at the end, because the part after the last slash becomes the model's name. */
export const modelIdForm = /^[\w.:/-]*[\w.:-]$/;

/** Returns the id of a model or inference profile, which is the last part of an ARN. Other ids are returned unchanged. */
export function lastSegment(modelId: string): string {
  return modelId.startsWith("arn:") ? modelId.slice(modelId.lastIndexOf("/") + 1) : modelId;
}
