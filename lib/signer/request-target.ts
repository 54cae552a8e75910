// Parses path and query into the form that aws4 needs, and rejects URLs that verifiers would interpret differently.
//
// To verify a signature, AWS percent-encodes the received path a second time, but decodes the query and encodes it again:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { ConfigurationError } from "./errors.ts";

/** The path as it is sent, and the query's decoded values, by key. */
export interface RequestTarget {
  path: string;
  query: Record<string, string[]>;
}

// Characters that RFC 3986 (sections 3.3 and 3.4) does not allow, and that `URL` does not encode, such as [ ] | ^ and `.
const foreign = /[^\w\-.~!$&'()*+,;=:@/?%]/gu;

/** Throws a {@link ConfigurationError} for a URL that signers, servers and proxies interpret differently. */
export function parseTarget({ pathname: path, search }: URL): RequestTarget {
  rejectIf(
    (path + search).search(foreign) >= 0,
    "path or query contains a character that must be percent-encoded; encode it",
  );
  rejectIf(
    path.includes("//"),
    'path contains an empty segment ("//"), which some servers collapse; remove it',
  );
  rejectIf(search.includes("+"), 'query contains a "+"; write %20 for a space or %2B for a plus');
  decode(path);
  return { path, query: parseQuery(search.slice(1)) };
}

/** Encodes the characters that {@link parseTarget} rejects. The URL's meaning stays the same. */
export function repairUrl({ origin, pathname, search }: URL): URL {
  const query = search.replaceAll("+", "%20");
  return new URL(origin + (pathname + query).replaceAll(foreign, encodeURIComponent));
}

function parseQuery(text: string): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const part of text.split("&")) {
    if (part === "") continue;
    const [name = "", ...value] = part.split("=").map(decode);
    rejectIf(name === "", "query contains a value without a name, which aws4 does not sign; remove it");
    rejectIf(
      name === "__proto__",
      'query contains the name "__proto__", which aws4 does not sign; remove it',
    );
    // `in` would also find inherited names, such as "constructor".
    if (!Object.hasOwn(query, name)) query[name] = [];
    query[name]?.push(value.join("="));
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigurationError(
      'Cannot sign the URL: it contains a "%" that does not encode UTF-8; write %25',
    );
  }
}

function rejectIf(condition: boolean, reason: string): void {
  if (condition) throw new ConfigurationError(`Cannot sign the URL: its ${reason}`);
}
