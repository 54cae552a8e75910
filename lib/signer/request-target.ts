// Parses path and query into the form that aws4 needs, and rejects URLs that verifiers would interpret differently.
//
// AWS verifies the path as it was sent, encoded once more, and the query after decoding and encoding it again:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { ConfigurationError } from "./errors.ts";

/** The path as it is sent, and the query's decoded values, by key. */
export interface RequestTarget {
  path: string;
  query: Record<string, string[]>;
}

// Characters that RFC 3986 (sections 3.3 and 3.4) does not allow, but `URL` does not encode, such as [ ] | ^ and `.
const foreignToPath = /[^\w\-.~!$&'()*+,;=:@/%]/u;
const foreignToQuery = /[^\w\-.~!$&'()*+,;=:@/?%]/u;

/** Throws a {@link ConfigurationError} for a URL that signers, servers and proxies interpret differently. */
export function parseTarget(url: URL): RequestTarget {
  const query = url.search.slice(1);
  rejectIf(
    foreignToPath.test(url.pathname),
    "path contains a character that must be percent-encoded; encode it",
  );
  rejectIf(foreignToQuery.test(query), "query contains a character that must be percent-encoded; encode it");
  rejectIf(
    url.pathname.includes("//"),
    'path contains an empty segment ("//"), which some servers collapse; remove it',
  );
  rejectIf(query.includes("+"), 'query contains a "+"; write %20 for a space or %2B for a plus');
  decode(url.pathname, "path");
  return { path: url.pathname, query: parseQuery(query) };
}

/** Encodes the characters that {@link parseTarget} rejects. The URL's meaning stays the same. */
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
    rejectIf(name === "", "query contains a value without a name, which aws4 does not sign; remove it");
    rejectIf(
      name === "__proto__",
      'query contains the name "__proto__", which aws4 does not sign; remove it',
    );
    // `in` would also find inherited names, such as "constructor".
    if (!Object.hasOwn(query, name)) query[name] = [];
    query[name]?.push(equals < 0 ? "" : decode(part.slice(equals + 1), "query"));
  }
  return query;
}

function decode(text: string, where: "path" | "query"): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigurationError(
      `Cannot sign the URL: its ${where} contains a "%" that does not encode UTF-8; write %25`,
    );
  }
}

function encodeEach(text: string, foreign: RegExp): string {
  return text.replaceAll(new RegExp(foreign.source, "gu"), encodeURIComponent);
}

function rejectIf(condition: boolean, reason: string): void {
  if (condition) throw new ConfigurationError(`Cannot sign the URL: its ${reason}`);
}
