// Builds the URL to which a request is forwarded: the request's path and query, appended to the path of the service's URL.
import { repairUrl } from "../../signer/request-target.ts";
import { ProxyError } from "./proxy-error.ts";

export interface ForwardedTarget {
  /** Path and query, as they are sent. */
  path: string;
  /** The URL to sign. It has the same meaning, but more characters are percent-encoded, as a signature requires. */
  url: URL;
}

/**
 * The parameters of a presigned URL: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
 */
const signature =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256)(=|$)/i;

/** Throws a {@link ProxyError} if the service might read a different path or query from the one that is signed. */
export function forwardedTarget(service: URL, target: string): ForwardedTarget {
  if (!target.startsWith("/")) {
    throw invalid(
      "its target is a whole URL; call this address in place of the service's URL, and do not set it as an HTTP proxy",
    );
  }
  if (!/^[\x21-\x7e]*$/.test(target) || target.includes("#")) {
    throw invalid("its URL contains a character that has to be percent-encoded; encode it");
  }
  const mark = target.indexOf("?");
  const path = join(service, mark < 0 ? target : target.slice(0, mark));
  const query = mark < 0 ? "" : withoutSignature(target.slice(mark));
  if (query.includes("+")) {
    throw invalid(
      'its query contains a "+", which some services read as a space; write %20 for a space or %2B for a plus',
    );
  }
  const url = repairUrl(new URL(`${service.origin}${path}${query}`));
  if (url.pathname !== path) {
    throw invalid(
      "its path has dot segments or characters that have to be percent-encoded; write it without them",
    );
  }
  return { path: `${path}${query}`, url };
}

/** For the path `/`, the result is exactly the path of the service's URL, which the other commands use too. */
function join(service: URL, path: string): string {
  return path === "/" ? service.pathname : `${service.pathname.replace(/\/$/, "")}${path}`;
}

/** AWS rejects a request with two signatures, so a signature in the query is removed before a new one is added. */
function withoutSignature(query: string): string {
  const parts = query.slice(1).split("&");
  if (!parts.some((part) => /^x-amz-signature=/i.test(part))) return query;
  const others = parts.filter((part) => !signature.test(part));
  return others.length === 0 ? "" : `?${others.join("&")}`;
}

function invalid(found: string): ProxyError {
  return new ProxyError("InvalidRequest", `Cannot forward the request: ${found}`);
}
