// Path and query: what of a URL can be signed so that every verifier agrees, and the form aws4 needs.
//
// AWS verifies the path as it stands on the wire, encoded once more, and the query decoded and encoded anew:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { ConfigurationError } from "./errors.ts";

/** The path as sent, and the decoded values of each query key. */
export interface RequestTarget {
  path: string;
  query: Record<string, string[]>;
}

// RFC 3986, sections 3.3 and 3.4. URL leaves more than that as it is, such as [ ] | ^ and `.
const foreignToPath = /[^\w\-.~!$&'()*+,;=:@/%]/u;
const foreignToQuery = /[^\w\-.~!$&'()*+,;=:@/?%]/u;

/** Throws a {@link ConfigurationError} for what signers, servers and proxies read in different ways. */
export function parseTarget(url: URL): RequestTarget {
  const query = url.search.slice(1);
  rejectIf(foreignToPath.test(url.pathname), "path holds a character that must be percent-encoded");
  rejectIf(foreignToQuery.test(query), "query holds a character that must be percent-encoded");
  rejectIf(url.pathname.includes("//"), 'path holds an empty segment ("//"): some collapse it, some do not');
  rejectIf(query.includes("+"), 'query holds a "+": write %20 for a space or %2B for a plus');
  decode(url.pathname, "path");
  return { path: url.pathname, query: parseQuery(query) };
}

/** The URL with the spelling repaired that {@link parseTarget} refuses; its meaning is the same. */
export function repairUrl(url: URL): URL {
  const path = encodeEach(url.pathname, foreignToPath);
  const query = encodeEach(url.search.slice(1), foreignToQuery).replaceAll("+", "%20");
  return new URL(`${url.origin}${path}${query === "" ? "" : `?${query}`}`);
}

function parseQuery(text: string): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals), "query");
    rejectIf(name === "", "query holds a value without a name: aws4 leaves it out of the signature");
    rejectIf(name === "__proto__", 'query holds the name "__proto__": aws4 leaves it out of the signature');
    // `in` would find what every object inherits, such as "constructor".
    if (!Object.hasOwn(query, name)) query[name] = [];
    query[name]?.push(equals < 0 ? "" : decode(part.slice(equals + 1), "query"));
  }
  return query;
}

function decode(text: string, where: "path" | "query"): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigurationError(`Cannot sign the URL: its ${where} holds a "%" that encodes no UTF-8`);
  }
}

function encodeEach(text: string, foreign: RegExp): string {
  return text.replaceAll(new RegExp(foreign.source, "gu"), encodeURIComponent);
}

function rejectIf(condition: boolean, reason: string): void {
  if (condition) throw new ConfigurationError(`Cannot sign the URL: its ${reason}`);
}
