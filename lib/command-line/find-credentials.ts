// Finds AWS credentials: in the environment variables, or through the AWS SDK's providers if they are installed.
import { createRequire } from "node:module";
import { AuthorizationError, type Credentials, type CredentialsProvider } from "../client/index.ts";

type Variables = Record<string, string | undefined>;

const sdkPackage = "@aws-sdk/credential-providers";

/**
 * `profile` overrides the variables. Throws an `AuthorizationError` that says what to do if the variables are incomplete, or if there
 * are none and the SDK's providers are not installed. A provider of the SDK rejects later, when it finds no credentials.
 */
export function findCredentials(
  variables: Variables,
  profile: string | undefined,
): Credentials | CredentialsProvider {
  return (profile === undefined ? fromEnvironment(variables) : undefined) ?? fromSdk(profile);
}

/** Describes where `findCredentials` finds credentials, without showing a key. */
export function describeCredentials(variables: Variables, profile: string | undefined): string {
  if (profile === undefined && variables["AWS_ACCESS_KEY_ID"]) return "the key in AWS_ACCESS_KEY_ID";
  const name = profile ?? variables["AWS_PROFILE"];
  return name ? `the profile "${name}"` : "the default credentials of AWS's SDK";
}

/**
 * The credentials for the local stack, never those of an AWS account. They come from the variables only if
 * AWS_ACCESS_KEY_ID is a local key. `npm start -- --bedrock aws` prints such a key with a random secret.
 */
export function localCredentials(variables: Variables): Credentials {
  const isLocal = /^local(-|$)/.test(variables["AWS_ACCESS_KEY_ID"] ?? "");
  return (isLocal && fromEnvironment(variables)) || { accessKeyId: "local", secretAccessKey: "local" };
}

function fromEnvironment(variables: Variables): Credentials | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = variables;
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId)
    throw missing("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY is set", "unset AWS_SECRET_ACCESS_KEY");
  if (!secretAccessKey)
    throw missing("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID is set", "unset AWS_ACCESS_KEY_ID");
  if (accessKeyId.startsWith("ASIA") && !sessionToken) {
    const removal = "unset AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    throw missing("AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID is a temporary key (ASIA…)", removal);
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** Unsetting the variables is the alternative, because the SDK's providers then look for credentials. */
function missing(name: string, reason: string, removal: string): AuthorizationError {
  return new AuthorizationError(
    `Cannot find AWS credentials: ${name} is missing, although ${reason}; set it as well, or ${removal}`,
  );
}

function fromSdk(profile: string | undefined): CredentialsProvider {
  const { fromNodeProviderChain } = loadSdk(profile);
  // The provider is made only once, because it keeps the credentials until shortly before they expire.
  const provider = fromNodeProviderChain(profile === undefined ? {} : { profile });
  return async () => {
    try {
      return await provider();
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(
        `${message}; log in (aws sso login), choose a profile with AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
        { cause },
      );
    }
  };
}

interface SdkProviders {
  fromNodeProviderChain(options: { profile?: string }): CredentialsProvider;
}

function loadSdk(profile: string | undefined): SdkProviders {
  try {
    return createRequire(import.meta.url)(sdkPackage) as SdkProviders;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    if (profile !== undefined) {
      throw new AuthorizationError(
        `Cannot use the profile "${profile}": ${sdkPackage} is not installed; install it beside deltapipe`,
      );
    }
    throw new AuthorizationError(
      "Cannot find AWS credentials: there are none in the environment variables; set AWS_ACCESS_KEY_ID and" +
        ` AWS_SECRET_ACCESS_KEY, or install ${sdkPackage} beside deltapipe for profiles, SSO and roles`,
    );
  }
}
