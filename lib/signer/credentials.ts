// Resolves AWS credentials, given as an object or as a provider like the AWS SDK's, and checks them.
import { AuthorizationError, ConfigurationError } from "./errors.ts";

/** An AWS access key. Only temporary keys (`ASIA…`) have a `sessionToken`. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** Valid credentials. `sessionToken` is never empty. */
export interface CheckedCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/**
 * Returns credentials that are valid now, and new ones before they expire. This function is called before each attempt.
 * Every provider of `@aws-sdk/credential-providers` is suitable.
 */
export type CredentialsProvider = () => Promise<Credentials>;

/** Throws an {@link AuthorizationError} if the provider fails, or a {@link ConfigurationError} for unusable credentials. */
export async function resolveCredentials(
  source: Credentials | CredentialsProvider,
): Promise<CheckedCredentials> {
  return checkCredentials(typeof source === "function" ? await askProvider(source) : source);
}

/** Throws a {@link ConfigurationError} if a part is missing or malformed. */
export function checkCredentials(found: unknown): CheckedCredentials {
  if (typeof found !== "object" || found === null) {
    throw new ConfigurationError(
      'Cannot sign without credentials: there are none; set the option "credentials"',
    );
  }
  const { accessKeyId, secretAccessKey, sessionToken } = found as Record<keyof Credentials, unknown>;
  // The header has `Credential=<id>/<scope>, …`, so the id cannot contain "/", "," or "=".
  const checked: CheckedCredentials = {
    accessKeyId: requirePart("accessKeyId", accessKeyId, /^[\w.-]+$/),
    secretAccessKey: requirePart("secretAccessKey", secretAccessKey, /^[\x21-\x7e]+$/),
  };
  // Shells and CI systems export an empty AWS_SESSION_TOKEN when there is no token.
  if (sessionToken !== undefined && sessionToken !== "") {
    checked.sessionToken = requirePart("sessionToken", sessionToken, /^[\x21-\x7e]+$/);
  } else if (checked.accessKeyId.startsWith("ASIA")) {
    throw new ConfigurationError(
      "Cannot sign with a temporary access key (ASIA…) alone: its sessionToken is missing; add it",
    );
  }
  return checked;
}

async function askProvider(provider: CredentialsProvider): Promise<unknown> {
  try {
    return await provider();
  } catch (cause) {
    // Such an error, for example from `cognitoIdentity`, already says what to do.
    if (cause instanceof AuthorizationError) throw cause;
    const reason = cause instanceof Error ? cause.message : "the credentials provider failed";
    throw new AuthorizationError(`Cannot get AWS credentials: ${reason}`, { cause });
  }
}

function requirePart(name: keyof Credentials, value: unknown, form: RegExp): string {
  if (typeof value !== "string" || value === "") {
    throw new ConfigurationError(`Cannot sign without credentials.${name}: it is missing or empty; set it`);
  }
  if (!form.test(value)) {
    throw new ConfigurationError(
      `Cannot sign with credentials.${name}: it contains white space or another invalid character; copy it again`,
    );
  }
  return value;
}
