// The ids of models: their characters, and where an ARN has them.

/** Bedrock's characters, without a slash at the end, so that a name can be made of each id. */
export const modelIdForm = /^[\w.:/-]*[\w.:-]$/;

/** The last part of an ARN, which is the model's or the profile's id. Other ids are returned as they are. */
export function lastSegment(modelId: string): string {
  return modelId.startsWith("arn:") ? modelId.slice(modelId.lastIndexOf("/") + 1) : modelId;
}
