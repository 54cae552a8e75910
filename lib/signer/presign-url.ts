// Signs a URL. The signature becomes part of the query, for requests to which a program cannot add headers, such as the handshake
// of a browser's WebSocket.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html#aws-signing-authentication-query
import { amzDate } from "../shared/amz-date.ts";
import { resolveCredentials } from "./credentials.ts";
import { ConfigurationError } from "./errors.ts";
import { parseTarget } from "./request-target.ts";
import type { Sigv4 } from "./compute-signature.ts";
import { checkDate, type SigningOptions } from "./sign-request.ts";
import { parseEndpoint, scopeOf } from "./signing-scope.ts";

export interface PresigningOptions extends Omit<SigningOptions, "date"> {
  /** Region to sign for. Default: the Region in the host of a Function URL or an API Gateway API. Required for other hosts. */
  region?: string | undefined;
  /** Default: `lambda` for a Function URL, `execute-api` for an API Gateway API. Required for other hosts. */
  service?: string | undefined;
  /** How long the URL is valid, in seconds, from 1 to 604,800. Default: 300. */
  expiresIn?: number | undefined;
  /** The time of the signature. Default: now. */
  date?: Date | undefined;
}

const apiHost = /^[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;
const week = 604_800;

/** The type of `presignUrl`. */
export type PresignUrl = (url: string | URL, options: PresigningOptions) => Promise<string>;

/** Does the work of a {@link PresignUrl}, with the given implementation of SigV4. */
export async function presignWith(
  { authorizationOf }: Pick<Sigv4, "authorizationOf">,
  input: string | URL,
  options: PresigningOptions,
): Promise<string> {
  // A WebSocket begins with a GET over HTTP, which is what the signature covers.
  const text = String(input);
  const url = parseEndpoint(text.replace(/^ws(?=s?:)/i, "http"));
  const { service, region } = findScope(url, options);
  const expires = checkExpiry(options.expiresIn ?? 300);
  checkDate(options.date);
  const { path, query } = parseTarget(url);
  const { sessionToken, ...key } = await resolveCredentials(options.credentials);
  // Take the time only now, because the credentials provider may take longer than a signature is valid.
  const dateTime = amzDate(options.date ?? new Date());
  const scope = [dateTime.slice(0, 8), region, service, "aws4_request"];
  const signedQuery = {
    ...query,
    "X-Amz-Algorithm": ["AWS4-HMAC-SHA256"],
    "X-Amz-Credential": [[key.accessKeyId, ...scope].join("/")],
    "X-Amz-Date": [dateTime],
    "X-Amz-Expires": [String(expires)],
    "X-Amz-SignedHeaders": ["host"],
    ...(sessionToken !== undefined && { "X-Amz-Security-Token": [sessionToken] }),
  };
  const headers = { host: url.host };
  const request = { service, region, method: "GET", path, query: signedQuery, headers, dateTime };
  // The signature is the last part of the header's value. The query already contains the other parts.
  const [signature = ""] = /\w+$/.exec(await authorizationOf(request, key)) ?? [];
  const protocol = /^ws/i.test(text) ? url.protocol.replace("http", "ws") : url.protocol;
  return `${protocol}//${url.host}${path}?${queryOf({ ...signedQuery, "X-Amz-Signature": [signature] })}`;
}

/** AWS decodes the values before it verifies the signature, so it does not matter which characters are encoded. */
function queryOf(query: Record<string, string[]>): string {
  return Object.entries(query)
    .flatMap(([name, values]) =>
      values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
    )
    .join("&");
}

/** The Region in the host of an API Gateway API. Undefined for any other host. */
export function regionOfApi({ hostname }: URL): string | undefined {
  return apiHost.exec(hostname)?.[1];
}

function findScope(url: URL, { service, region }: PresigningOptions) {
  const apiRegion = regionOfApi(url);
  if (apiRegion === undefined) return scopeOf(url, { service, region });
  return scopeOf(url, { service: service ?? "execute-api", region: region ?? apiRegion });
}

function checkExpiry(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= week) return seconds;
  throw new ConfigurationError(
    `Cannot sign a URL for ${String(seconds)} seconds: AWS allows a whole number from 1 to 604,800; set expiresIn to one`,
  );
}
