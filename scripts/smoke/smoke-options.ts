// The options of `npm run smoke`, and the service that they name.
import { checkCredentials, type CheckedCredentials } from "../../lib/signer/credentials.ts";
import { parseEndpoint, scopeOf } from "../../lib/signer/signing-scope.ts";
import { findAwsCredentials } from "../aws-credentials.ts";
import { optionError, OptionError, parseOptions } from "../options.ts";

export interface SmokeOptions {
  url: string | undefined;
  region: string | undefined;
  model: string | undefined;
  /** Whether the service keeps answers. */
  resumable: boolean;
  help: boolean;
}

export interface SmokeTarget {
  url: string;
  region: string;
  credentials: CheckedCredentials;
  /** Default: the first in the service's list. */
  model: string | undefined;
}

const script = { task: "run the smoke test", command: "npm run smoke" };

export const smokeHelp = `Tests a running service from outside: it has to reject unauthorized and bad requests, and
to answer others with a stream.

Usage: npm run smoke -- --url URL [options]

  --url URL       the Function URL (npx serverless info), or the local stack's (npm start)
  --region NAME   needed if the URL does not contain the Region, for example with a custom domain
  --model NAME    a model in the service's list (default: the first)
  --resumable     also checks that answers can be resumed and cancelled, for a service with answerRetentionMinutes
  --help          print this text

Credentials are found in the same way as with any AWS SDK. For the local stack, the access key and the secret are both "local".
Exits with 0 if all checks pass, 1 if a check fails or no server is reached, 2 if an option is wrong or credentials are missing.
`;

const definitions = {
  url: { type: "string" },
  region: { type: "string" },
  model: { type: "string" },
  resumable: { type: "boolean", default: false },
} as const;

/** Throws `OptionError`. */
export function readSmokeOptions(args: string[]): SmokeOptions {
  const { url, region, model, resumable, help } = parseOptions(script, args, definitions).values;
  return { url, region, model, resumable, help };
}

/** Rejects with `OptionError`. */
export async function openTarget({ url, region, model }: SmokeOptions): Promise<SmokeTarget> {
  if (url === undefined) throw optionError(script, "--url is missing", "give the Function URL");
  try {
    const { href, protocol, hostname } = parseEndpoint(url);
    // Plain http is accepted for this machine only, and AWS credentials are never sent there.
    const isLocal = protocol === "http:";
    const scope = scopeOf(new URL(href), {
      service: "lambda",
      region: region ?? (isLocal ? "us-east-1" : undefined),
    });
    const credentials = isLocal ? localCredentials() : checkCredentials(await findAwsCredentials(hostname));
    return { url: href, region: scope.region, credentials, model };
  } catch (error) {
    if (error instanceof OptionError) throw error;
    throw new OptionError((error as Error).message);
  }
}

/** With `npm start -- --bedrock aws` the local secret is random, so it comes from the environment. */
function localCredentials(): CheckedCredentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  const secretAccessKey = AWS_ACCESS_KEY_ID === "local" && AWS_SECRET_ACCESS_KEY;
  return { accessKeyId: "local", secretAccessKey: secretAccessKey || "local" };
}
