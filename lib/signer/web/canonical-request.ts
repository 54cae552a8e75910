// Writes a request in the canonical form that a signature covers.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import type { SigV4Request } from "../../shared/sigv4.ts";

/** `bodyHash` is in hexadecimal. All headers are signed; `signedHeaders` lists their names, such as `host;x-amz-date`. */
export function canonicalRequest(
  request: SigV4Request,
  bodyHash: string,
): { canonical: string; signedHeaders: string } {
  const headers = canonicalHeaders(request.headers);
  const signedHeaders = headers.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...headers.map(([name, value]) => `${name}:${value}`),
    "",
    signedHeaders,
    bodyHash,
  ].join("\n");
  return { canonical, signedHeaders };
}

function canonicalHeaders(headers: Record<string, string>): [string, string][] {
  return Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim().replaceAll(/\s+/g, " ")])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Resolves `.` and `..`, and encodes the path once more, although it is already encoded. All services but S3 expect that. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.replaceAll(/\/{2,}/g, "/").split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== ".") segments.push(encode(segment));
  }
  const joined = segments.join("/");
  return joined.startsWith("/") ? joined : `/${joined}`;
}

function canonicalQuery(query: Record<string, string[]>): string {
  return Object.entries(query)
    .map(([name, values]) => [encode(name), values.map(encode).sort()] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, values]) => values.map((value) => `${name}=${value}`))
    .join("&");
}

/** `encodeURIComponent` does not encode five characters that SigV4 encodes. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
