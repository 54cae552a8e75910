// Where requests go, and how they are signed: from the options and the environment.
import type { Credentials, CredentialsProvider } from "../client/index.ts";
import { parseEndpoint } from "../signer/signing-scope.ts";
import { findCredentials, localCredentials } from "./find-credentials.ts";
import { UsageError } from "./command-failure.ts";
import type { TargetOptions } from "./command-options.ts";

export interface ServiceTarget {
  url: URL;
  /** Absent for a Function URL, whose host names it. */
  region: string | undefined;
  credentials: Credentials | CredentialsProvider;
}

type Variables = Record<string, string | undefined>;

/** Throws `UsageError`, or the client's errors, for what no request can be signed with. */
export function findTarget(options: TargetOptions, variables: Variables = process.env): ServiceTarget {
  const text = options.url ?? (variables["DELTAPIPE_URL"] || "http://127.0.0.1:9000/");
  if (!URL.canParse(text)) {
    throw new UsageError(
      `"${text}" is no URL: give one such as https://abc123.lambda-url.eu-west-1.on.aws/ with --url or DELTAPIPE_URL`,
    );
  }
  const url = parseEndpoint(text);
  // Plain http is for this machine alone, where nothing but the local stack is.
  if (url.protocol === "http:") {
    return { url, region: options.region ?? "us-east-1", credentials: localCredentials(variables) };
  }
  const region = options.region ?? regionFor(url, variables);
  return { url, region, credentials: findCredentials(variables) };
}

function regionFor(url: URL, variables: Variables): string | undefined {
  if (url.hostname.endsWith(".on.aws")) return undefined;
  const region = variables["AWS_REGION"] || variables["AWS_DEFAULT_REGION"];
  if (region) return region;
  throw new UsageError(
    `Cannot tell the Region from the host ${url.hostname}: give it with --region or AWS_REGION`,
  );
}
