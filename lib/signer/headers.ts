// The caller's headers: which of them are signed, and which cannot be.
import { ConfigurationError } from "./errors.ts";

/** Headers by name, or as pairs: a plain object, `Headers` or an array. */
export type HeadersInput = Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

const setBySigner = new Set([
  "authorization",
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-security-token",
  "x-amz-region-set",
]);

// What HTTP clients and proxies add, change or drop on the way. AWS verifies only what is named as signed; this is
// the list of AWS's own signer, and what undici, aws4 and gateways touch besides:
// https://github.com/smithy-lang/smithy-typescript/blob/main/packages/signature-v4/src/constants.ts
const neverSigned =
  /^(accept-encoding|cache-control|connection|content-length|date|expect|forwarded|from|keep-alive|max-forwards|pragma|presigned-expires|proxy-.*|range|referer|sec-.*|te|trace(parent|state)|trailer|transfer-encoding|upgrade|user-agent|via|x-amzn-trace-id|x-forwarded-.*)$/;

export interface CheckedHeaders {
  /** The caller's headers, as given, and `host`. */
  given: Record<string, string>;
  /** Those to be signed, with lower-case names, `host` always among them. */
  signed: Record<string, string>;
}

/** Throws a {@link ConfigurationError} for a header whose bytes on the wire cannot be foreseen. */
export function checkHeaders(input: HeadersInput | undefined, host: string): CheckedHeaders {
  const given: Record<string, string> = {};
  const names = new Set<string>();
  const signed: Record<string, string> = { host };
  for (const [name, value] of headerPairs(input)) {
    const lowerCase = name.toLowerCase();
    checkHeader(lowerCase, value, host);
    if (names.has(lowerCase))
      throw new ConfigurationError(`Cannot sign the header "${lowerCase}" twice: join its values`);
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
    throw new ConfigurationError(`Cannot sign the header ${JSON.stringify(name)}: that is no header name`);
  }
  if (setBySigner.has(name)) {
    throw new ConfigurationError(
      `Cannot sign a request that has the header "${name}": the signer sets it, leave it out`,
    );
  }
  // Beyond ASCII the signature would cover UTF-8 while fetch sends Latin-1.
  if (typeof value !== "string" || !/^[\x20-\x7e]*$/.test(value)) {
    throw new ConfigurationError(
      `Cannot sign the header "${name}": its value must be a string of printable ASCII`,
    );
  }
  if (name === "host" && value !== host) {
    throw new ConfigurationError(`Cannot sign for another host than the URL's: leave the header "host" out`);
  }
}
