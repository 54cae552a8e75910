// The developer's own AWS account, for `--bedrock aws`: found as any AWS SDK finds it.
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import type { Credentials } from "../lib/local/execution-role.ts";
import { OptionError } from "./run-script.ts";

export interface AwsAccount {
  region: string;
  /** Renews what expires. */
  credentials: () => Promise<Credentials>;
}

/** Throws `OptionError` if there are no credentials to be found. */
export async function findAwsAccount(): Promise<AwsAccount> {
  // A client that is never called: its configuration is the SDK's usual chain of providers.
  const { config } = new BedrockRuntimeClient({});
  const region = await config.region().catch(() => "us-east-1");
  const credentials = (): Promise<Credentials> => config.credentials();
  try {
    await credentials();
  } catch (error) {
    throw new OptionError(
      `No AWS credentials for --bedrock aws (${(error as Error).message}): ` +
        "run aws configure or aws sso login, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    );
  }
  return { region, credentials };
}
