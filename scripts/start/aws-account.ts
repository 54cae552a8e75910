// Finds the endpoint, the Region and the credentials for `--bedrock aws` and `--bedrock <URL>` in the same way as any AWS SDK.
import type { AwsCredentials } from "../../lib/local/execution-role.ts";
import { findEndpoint } from "../../lib/stream/bedrock/endpoint.ts";
import { findAwsCredentials, readAwsConfig } from "../aws-credentials.ts";
import { OptionError } from "../options.ts";

export interface AwsAccount {
  region: string;
  endpointUrl: string;
  /** Returns credentials, and renews them before they expire. Undefined if Bedrock is called with an API key. */
  credentials: (() => Promise<AwsCredentials>) | undefined;
  /** The developer's environment variables for Bedrock, and the URL of `--bedrock <URL>`. The function gets them, too. */
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
/** These apply to every endpoint: an API key, and the certificates of a proxy. */
const common = ["AWS_BEARER_TOKEN_BEDROCK", "NODE_EXTRA_CA_CERTS"];

/** Rejects with `OptionError` if there are no credentials or a variable is wrong. */
export async function findAwsAccount(bedrock: string): Promise<AwsAccount> {
  const variables =
    bedrock === "aws"
      ? takeVariables([...common, ...endpointUrls, ...switches])
      : { ...takeVariables(common), AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock };
  for (const name of switches) checkSwitch(name, variables[name]);
  checkApiKey(variables["AWS_BEARER_TOKEN_BEDROCK"]);
  const config = readAwsConfig();
  const region = await config.region().catch(regionInstead);
  const endpointUrl = endpointOf({ ...variables, AWS_REGION: region });
  const account = { region, endpointUrl, variables };
  if (variables["AWS_BEARER_TOKEN_BEDROCK"] !== undefined) return { ...account, credentials: undefined };
  await findAwsCredentials(`--bedrock ${bedrock}`, config);
  return { ...account, credentials: () => config.credentials() };
}

/** Returns a default Region if none is set. Throws if the Region is invalid, because using another Region would be wrong. */
function regionInstead({ message }: Error): string {
  if (message === "Region is missing") return "us-east-1";
  throw new OptionError(
    `Cannot start: AWS_REGION or the profile's region is invalid (${message}); set AWS_REGION to the name of a Region`,
  );
}

/** Returns the variables that are set. An empty variable counts as not set. */
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
  throw new OptionError(`Cannot start: ${name} is "${value}"; set it to true or false`);
}

/** The message does not repeat the key, because it is a secret. */
function checkApiKey(value = "key"): void {
  if (/^[\x21-\x7e]+$/.test(value)) return;
  throw new OptionError(
    "Cannot start: AWS_BEARER_TOKEN_BEDROCK contains spaces, line breaks or other characters that no API key has; " +
      "set it to an API key of Bedrock",
  );
}

/** Checks the endpoint now. Otherwise, the function would start, and fail at its first request. */
function endpointOf(environment: Record<string, string>): string {
  try {
    return findEndpoint(environment).url.href;
  } catch (error) {
    throw new OptionError((error as Error).message);
  }
}
