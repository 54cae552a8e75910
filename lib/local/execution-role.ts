// The credentials of the function's role, and the environment variables in which execution environments get them.
import { randomBytes } from "node:crypto";

/** The shape that the credential providers of the AWS SDKs return. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** `goodUntil` is in milliseconds since the epoch; absent if the variables never expire. */
export interface RoleVariables {
  variables: Record<string, string>;
  goodUntil?: number;
}

/**
 * Makes random temporary credentials, like those of a deployed function's role. The local Bedrock verifies the signatures
 * that are made with them.
 */
export function inventCredentials(): AwsCredentials & { sessionToken: string } {
  return {
    accessKeyId: "ASIALOCALFUNCTIONROLE",
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: randomBytes(60).toString("base64"),
  };
}

export function roleVariables(credentials: AwsCredentials): RoleVariables {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  return {
    variables: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
    },
    ...(expiration && { goodUntil: expiration.getTime() }),
  };
}
