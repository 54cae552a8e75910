// The options of `npm run smoke`, and the service that they name.
import { parseArgs } from "node:util";
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { checkCredentials, type CheckedCredentials } from "../../lib/signer/credentials.ts";
import { parseEndpoint, scopeOf } from "../../lib/signer/signing-scope.ts";
import { OptionError } from "../run-script.ts";

export interface SmokeOptions {
  url: string | undefined;
  region: string | undefined;
  model: string | undefined;
  help: boolean;
}

export interface Target {
  url: string;
  region: string;
  credentials: CheckedCredentials;
  /** Default: the service's first. */
  model: string | undefined;
}

export const smokeHelp = `Proves a running service from outside: who may not call is refused, who may gets a stream.

Usage: npm run smoke -- --url URL [options]

  --url URL       the Function URL (npx serverless info), or the local stack's (npm start)
  --region NAME   for an address that does not name its Region, such as a custom domain
  --model NAME    of the service's list (default: its first)
  --help          this text

Credentials are found as by any AWS SDK; those for the local stack are local and local.
Exits with 0 if all is well, 1 if a check failed, 2 if an option is wrong.
`;

const definitions = {
  url: { type: "string" },
  region: { type: "string" },
  model: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Throws `OptionError`. */
export function readOptions(args: string[]): SmokeOptions {
  try {
    const { url, region, model, help } = parseArgs({ args, options: definitions, strict: true }).values;
    return { url, region, model, help };
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\.\s/);
    throw new OptionError(`${sentence}: npm run smoke -- --help lists the options`);
  }
}

/** Throws `OptionError`. */
export async function openTarget({ url, region, model }: SmokeOptions): Promise<Target> {
  if (url === undefined) throw new OptionError("--url is missing: give the Function URL");
  try {
    const { href, protocol, hostname } = parseEndpoint(url);
    // Plain http is this machine: no AWS credentials go there.
    const isLocal = protocol === "http:";
    const scope = scopeOf(new URL(href), {
      service: "lambda",
      region: region ?? (isLocal ? "us-east-1" : undefined),
    });
    const credentials = isLocal ? localCredentials() : await findCredentials(hostname);
    return { url: href, region: scope.region, credentials, model };
  } catch (error) {
    if (error instanceof OptionError) throw error;
    throw new OptionError((error as Error).message);
  }
}

/** With `--bedrock aws` the local secret is a random one. */
function localCredentials(): CheckedCredentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  const secretAccessKey = AWS_ACCESS_KEY_ID === "local" && AWS_SECRET_ACCESS_KEY;
  return { accessKeyId: "local", secretAccessKey: secretAccessKey || "local" };
}

async function findCredentials(hostname: string): Promise<CheckedCredentials> {
  try {
    // A client that is never called: its configuration is the SDK's usual chain of providers.
    return checkCredentials(await new BedrockRuntimeClient({}).config.credentials());
  } catch (error) {
    throw new OptionError(
      `No AWS credentials for ${hostname} (${(error as Error).message}): ` +
        "run aws configure or aws sso login, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    );
  }
}
