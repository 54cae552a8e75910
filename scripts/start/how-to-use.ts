// The text that `npm start` prints when the stack is running: addresses, credentials and commands to copy.
import type { AwsCredentials } from "../../lib/local/execution-role.ts";

export interface Addresses {
  url: string;
  region: string;
  credentials: AwsCredentials;
  /** The local Bedrock. Undefined with `--bedrock aws` or a URL. */
  standInUrl: string | undefined;
  /** The endpoint of another Bedrock. */
  endpointUrl: string | undefined;
}

export function howToUse({ url, region, credentials, standInUrl, endpointUrl }: Addresses): string {
  const { accessKeyId, secretAccessKey } = credentials;
  const curl = `curl --aws-sigv4 "aws:amz:${region}:lambda" --user ${accessKeyId}:${secretAccessKey} --no-buffer`;
  const bedrock =
    standInUrl === undefined
      ? `\nBedrock           ${endpointUrl}`
      : `\n                  or access key local-temporary, secret local, session token local-session\nBedrock stand-in  ${standInUrl}  for the AWS SDKs: AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${standInUrl}`;
  return `
Function URL      ${url}  access key ${accessKeyId}, secret ${secretAccessKey}, Region ${region}, service lambda${bedrock}

The lines as they come:
  ${curl} -d '{"prompt":"A story about rain"}' ${url}

The text alone:
  ${curl} --silent -d '{"prompt":"A story about rain"}' ${url} |
    jq --unbuffered -rj 'select(.type == "contentBlockDelta").delta.text // empty'

Edit handlers/, lib/stream/ or lib/http/, and the next request runs the new code. Ctrl-C stops. A line per request:`;
}
