// Who the function is towards Bedrock: the variables that each environment gets, and until when they are good.
import { randomBytes } from "node:crypto";

/** As every AWS SDK's providers make them. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** `goodUntil` is in milliseconds since 1970; without it they last. */
export interface RoleVariables {
  variables: Record<string, string>;
  goodUntil?: number;
}

/** Temporary ones, as a deployed function's role has: what the handler signs with them is verified. */
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
