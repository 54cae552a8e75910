// The Bedrock behind `--bedrock aws` or `--bedrock <URL>`: where it is and with whose credentials, as any AWS SDK finds them.
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import type { AwsCredentials } from "../../lib/local/execution-role.ts";
import { findEndpoint } from "../../lib/stream/bedrock/endpoint.ts";
import { OptionError } from "../run-script.ts";

export interface AwsAccount {
  region: string;
  endpointUrl: string;
  /** Renews what expires. Absent where Bedrock is called with an API key. */
  credentials: (() => Promise<AwsCredentials>) | undefined;
  /** For the function: what of the developer's own variables says where Bedrock is, and how to call it. */
  variables: Record<string, string>;
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html */
const switches = ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"];
/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
const endpointUrls = [
  "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
  "AWS_ENDPOINT_URL",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
];
/** Those that hold wherever Bedrock is: an API key, and the certificates of what stands in between. */
const common = ["AWS_BEARER_TOKEN_BEDROCK", "NODE_EXTRA_CA_CERTS"];

/** Throws `OptionError` if there are no credentials to be found, or a variable is wrong. */
export async function findAwsAccount(bedrock: string): Promise<AwsAccount> {
  const variables =
    bedrock === "aws"
      ? takeVariables([...common, ...endpointUrls, ...switches])
      : { ...takeVariables(common), AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock };
  for (const name of switches) checkSwitch(name, variables[name]);
  checkApiKey(variables["AWS_BEARER_TOKEN_BEDROCK"]);
  // A client that is never called: its configuration is the SDK's usual chain of providers.
  const { config } = new BedrockRuntimeClient({});
  const region = await config.region().catch(regionInstead);
  const endpointUrl = endpointOf({ ...variables, AWS_REGION: region });
  const account = { region, endpointUrl, variables };
  if (variables["AWS_BEARER_TOKEN_BEDROCK"] !== undefined) return { ...account, credentials: undefined };
  const credentials = (): Promise<AwsCredentials> => config.credentials();
  try {
    await credentials();
  } catch (error) {
    throw new OptionError(
      `No AWS credentials for --bedrock ${bedrock} (${(error as Error).message}): ` +
        "run aws configure or aws sso login, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    );
  }
  return { ...account, credentials };
}

/** Where none is set; one that cannot be a Region must not lead to another. */
function regionInstead({ message }: Error): string {
  if (message === "Region is missing") return "us-east-1";
  throw new OptionError(`Cannot start: AWS_REGION or the profile's region: ${message}`);
}

/** An empty variable is none. */
function takeVariables(names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value ? [[name, value]] : [];
    }),
  );
}

function checkSwitch(name: string, value = "false"): void {
  if (/^(true|false)$/i.test(value)) return;
  throw new OptionError(`Cannot start: ${name}: expected true or false, found "${value}"`);
}

/** The key itself is not for the terminal. */
function checkApiKey(value = "key"): void {
  if (/^[\x21-\x7e]+$/.test(value)) return;
  throw new OptionError(
    "Cannot start: AWS_BEARER_TOKEN_BEDROCK: expected an API key of Bedrock's, found one with spaces, " +
      "line breaks or other characters that no key has",
  );
}

/** The function would find out at its first request. */
function endpointOf(environment: Record<string, string>): string {
  try {
    return findEndpoint(environment).url.href;
  } catch (error) {
    throw new OptionError((error as Error).message);
  }
}
