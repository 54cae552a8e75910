// Finds the service's URL, Region and credentials in the options and environment variables.
import type { Credentials, CredentialsProvider } from "../client/index.ts";
import { parseEndpoint } from "../signer/signing-scope.ts";
import { findCredentials, localCredentials } from "./find-credentials.ts";
import { UsageError } from "./command-failure.ts";
import type { TargetOptions } from "./command-options.ts";

export interface ServiceTarget {
  /** A Function URL, or the URL of a WebSocket API (`wss:`, or `ws:` to this machine). */
  url: URL;
  /** The Region to sign for. Undefined if `--region` is not set and the host contains the Region. */
  region: string | undefined;
  credentials: Credentials | CredentialsProvider;
}

type Variables = Record<string, string | undefined>;

/** Throws `UsageError`, `ConfigurationError` or `AuthorizationError` if no request can be signed. */
export function findTarget(options: TargetOptions, variables: Variables = process.env): ServiceTarget {
  const text = options.url ?? (variables["DELTAPIPE_URL"] || "http://127.0.0.1:9000/");
  if (!URL.canParse(text)) {
    throw new UsageError(
      `Cannot use the URL "${text}": it is not absolute;` +
        " set one such as https://abc123.lambda-url.eu-west-1.on.aws/ with --url or DELTAPIPE_URL",
    );
  }
  const endpoint = parseEndpoint(text.replace(/^ws(?=s?:)/i, "http"));
  const url = /^ws/i.test(text) ? new URL(text) : endpoint;
  // `parseEndpoint` accepts http only for this machine, so this is the local stack.
  if (endpoint.protocol === "http:") {
    if (options.profile !== undefined) {
      throw new UsageError(
        `Cannot use --profile: ${url.host} is the local stack, which has its own key; leave the option out`,
      );
    }
    return { url, region: options.region ?? "us-east-1", credentials: localCredentials(variables) };
  }
  const region = options.region ?? regionFor(url, variables);
  return { url, region, credentials: findCredentials(variables, options.profile) };
}

export function isWebSocketUrl({ protocol }: URL): boolean {
  return protocol === "wss:" || protocol === "ws:";
}

/** Returns the target. Throws `UsageError` for a WebSocket API, to which no requests can be forwarded. */
export function requireFunctionUrl(target: ServiceTarget): ServiceTarget {
  if (!isWebSocketUrl(target.url)) return target;
  throw new UsageError(
    `Cannot forward requests to ${target.url.host}: it is a WebSocket API; give the Function URL with --url`,
  );
}

function regionFor(url: URL, variables: Variables): string | undefined {
  if (/\.on\.aws$|\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(url.hostname)) return undefined;
  const region = variables["AWS_REGION"] || variables["AWS_DEFAULT_REGION"];
  if (region) return region;
  throw new UsageError(
    `Cannot sign the request: the host ${url.hostname} does not contain a Region; set it with --region or AWS_REGION`,
  );
}
