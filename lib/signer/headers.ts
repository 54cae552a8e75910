// Checks the caller's headers and selects those that are signed.
import { ConfigurationError } from "./errors.ts";

/** Headers as a plain object, as `Headers` or as an array of pairs. */
export type HeadersInput = Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** Headers that only the signer may set. A request that has one of them is already signed, or has a key or token instead. */
export const setBySigner = new Set([
  "authorization",
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-security-token",
  "x-amz-region-set",
]);

// HTTP clients and proxies add, change or drop these on the way, which would break a signature. AWS verifies only the
// headers that the request lists as signed. The pattern has the headers that AWS's own signer does not sign, those that
// undici, aws4 and gateways change, and `constructor`, which aws4 does not sign:
// https://github.com/smithy-lang/smithy-typescript/blob/main/packages/signature-v4/src/constants.ts
const neverSigned =
  /^(accept-encoding|cache-control|connection|constructor|content-length|date|expect|forwarded|from|keep-alive|max-forwards|pragma|presigned-expires|proxy-.*|range|referer|sec-.*|te|trace(parent|state)|trailer|transfer-encoding|upgrade|user-agent|via|x-amzn-trace-id|x-forwarded-.*)$/;

export interface CheckedHeaders {
  /** The caller's headers, unchanged, and `host`. */
  given: Record<string, string>;
  /** The headers to sign, with names in lower case. Always includes `host`. */
  signed: Record<string, string>;
}

/** Throws a {@link ConfigurationError} for a header whose bytes might be sent differently from how they are signed. */
export function checkHeaders(input: HeadersInput | undefined, host: string): CheckedHeaders {
  const given: Record<string, string> = {};
  const names = new Set<string>();
  const signed: Record<string, string> = { host };
  for (const [name, value] of headerPairs(input)) {
    const lowerCase = name.toLowerCase();
    checkHeader(lowerCase, value, host);
    if (names.has(lowerCase))
      throw new ConfigurationError(
        `Cannot sign the header "${lowerCase}" twice: it may be joined on the way; join its values with a comma`,
      );
    names.add(lowerCase);
    given[name] = value;
    if (!neverSigned.test(lowerCase)) signed[lowerCase] = value;
  }
  return { given: names.has("host") ? given : { host, ...given }, signed };
}

function headerPairs(input: HeadersInput = {}): Iterable<readonly [string, string]> {
  return Symbol.iterator in input ? input : Object.entries(input);
}

function checkHeader(name: string, value: unknown, host: string): void {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || name === "__proto__") {
    throw new ConfigurationError(
      `Cannot sign the header ${JSON.stringify(name)}: it is not a valid header name; correct it`,
    );
  }
  if (setBySigner.has(name)) {
    throw new ConfigurationError(
      `Cannot sign a request with the header "${name}": the signer sets it; leave it out`,
    );
  }
  // For other characters the signature would cover UTF-8, but fetch sends Latin-1.
  if (typeof value !== "string" || !/^[\x20-\x7e]*$/.test(value)) {
    throw new ConfigurationError(
      `Cannot sign the header "${name}": its value is not a string of printable ASCII; encode it`,
    );
  }
  if (name === "host" && value !== host) {
    throw new ConfigurationError(
      `Cannot sign for a host other than the URL's: found a different "host" header; leave it out`,
    );
  }
}
