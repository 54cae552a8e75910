// Options for AWS's own Bedrock client that make it call the service instead: the service's address, and a signature for Lambda.
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import { checkCredentials, type Credentials, type CredentialsProvider } from "../signer/credentials.ts";
import { parseEndpoint, scopeOf } from "../signer/signing-scope.ts";

/** The service to call. Only `url` is required. */
export interface ServiceOptions {
  /** The Function URL. Must be https, except for the local stack on this machine. */
  url: string | URL;
  /**
   * Credentials, or a function that returns them. The credentials are kept until their `expiration`; without an `expiration`,
   * the function is called for each request. Default: the SDK looks for credentials in environment variables, profiles and roles.
   */
  credentials?: Credentials | CredentialsProvider | undefined;
  /** Region to sign for, such as `eu-west-1`. Default: the Region in the Function URL. Required for any other host. */
  region?: string | undefined;
}

/** Credentials as the SDK's types have them. */
export interface SdkCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** Options of a `BedrockRuntimeClient`. The SDK reads `signingName`, although its own types do not declare it. */
export interface BedrockClientOptions {
  endpoint: string;
  region: string;
  credentials?: SdkCredentials | (() => Promise<SdkCredentials>);
  /** The service name in the signature. A Function URL accepts only this one. */
  signingName: "lambda";
  authSchemePreference: string[];
  /** Set only on Node, where the SDK would otherwise use HTTP/2. */
  requestHandler?: NodeHttpHandler;
}

export function clientOptionsFor(service: ServiceOptions): BedrockClientOptions {
  const url = parseEndpoint(service.url);
  const { region } = scopeOf(url, { service: "lambda", region: service.region });
  return {
    endpoint: url.href,
    region,
    ...(service.credentials && { credentials: sdkCredentials(service.credentials) }),
    signingName: "lambda",
    // Otherwise the SDK would send the API key in AWS_BEARER_TOKEN_BEDROCK, if there is one, to the service.
    authSchemePreference: ["sigv4"],
  };
}

function sdkCredentials(
  given: Credentials | CredentialsProvider,
): SdkCredentials | (() => Promise<SdkCredentials>) {
  if (typeof given !== "function") return checkCredentials(given);
  return async (...options: unknown[]) => {
    const found = await (given as (...options: unknown[]) => Promise<SdkCredentials>)(...options);
    // The SDK would keep credentials without an expiration for ever, but those of an identity pool or a role do expire.
    return { ...found, expiration: found.expiration ?? new Date() };
  };
}
