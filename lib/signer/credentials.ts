// AWS credentials: an object or a provider as the AWS SDKs make them, checked before anything is sent.
import { AuthorizationError, ConfigurationError } from "./errors.ts";

/** An AWS access key. `sessionToken` belongs to temporary keys (`ASIA…`) and to them alone. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** Credentials that can be signed with: the parts are there, and `sessionToken` is not empty. */
export interface CheckedCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/**
 * Gives credentials, and new ones before the old expire. Asked before each attempt. Every provider of
 * `@aws-sdk/credential-providers` is one.
 */
export type CredentialsProvider = () => Promise<Credentials>;

/** Throws {@link AuthorizationError} if the provider fails, {@link ConfigurationError} for unusable credentials. */
export async function resolveCredentials(
  source: Credentials | CredentialsProvider,
): Promise<CheckedCredentials> {
  return checkCredentials(typeof source === "function" ? await askProvider(source) : source);
}

/** Throws {@link ConfigurationError} for what no request can be signed with. */
export function checkCredentials(found: unknown): CheckedCredentials {
  if (typeof found !== "object" || found === null) {
    throw new ConfigurationError('Cannot sign without credentials: set the option "credentials"');
  }
  const { accessKeyId, secretAccessKey, sessionToken } = found as Record<keyof Credentials, unknown>;
  // The id stands in `Credential=<id>/<scope>, …`, so that neither "/" nor "," nor "=" may be part of it.
  const checked: CheckedCredentials = {
    accessKeyId: requirePart("accessKeyId", accessKeyId, /^[\w.-]+$/),
    secretAccessKey: requirePart("secretAccessKey", secretAccessKey, /^[\x21-\x7e]+$/),
  };
  // Shells and CI systems export an empty AWS_SESSION_TOKEN for "none".
  if (sessionToken !== undefined && sessionToken !== "") {
    checked.sessionToken = requirePart("sessionToken", sessionToken, /^[\x21-\x7e]+$/);
  } else if (checked.accessKeyId.startsWith("ASIA")) {
    throw new ConfigurationError(
      "Cannot sign with a temporary access key (ASIA…) alone: give its sessionToken",
    );
  }
  return checked;
}

async function askProvider(provider: CredentialsProvider): Promise<unknown> {
  try {
    return await provider();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "the provider failed";
    throw new AuthorizationError(`Cannot get AWS credentials: ${reason}`, { cause });
  }
}

function requirePart(name: keyof Credentials, value: unknown, form: RegExp): string {
  if (typeof value !== "string" || value === "") {
    throw new ConfigurationError(`Cannot sign without credentials.${name}: it is missing or empty`);
  }
  if (!form.test(value)) {
    throw new ConfigurationError(
      `Cannot sign with credentials.${name}: it holds white space or another bad character`,
    );
  }
  return value;
}
