// Finds the developer's AWS settings as any AWS SDK does: in variables, profiles, SSO sessions and metadata services.
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { OptionError } from "./options.ts";

/** Region and credentials of the SDK's default chain. Credentials are renewed when they expire. */
export function readAwsConfig() {
  // This client sends nothing. The SDK offers its default chain only as the configuration of a client.
  return new BedrockRuntimeClient({}).config;
}

/** Resolves with the credentials. Rejects with `OptionError` if there are none; `purpose` says what needs them. */
export async function findAwsCredentials(purpose: string, { credentials } = readAwsConfig()) {
  try {
    return await credentials();
  } catch (error) {
    throw new OptionError(
      `Cannot find AWS credentials for ${purpose}: ${(error as Error).message}; ` +
        "run aws configure or aws sso login, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    );
  }
}
