// Checks the service's URL (https, or http to this machine) and derives the service and Region from its host.
import { ConfigurationError } from "./errors.ts";

/** The service and Region that a signature is valid for. */
export interface Scope {
  service: string;
  region: string;
}

const functionUrlHost = /^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$/;
const loopbackHost = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

// aws4 signs these differently: S3's paths and payloads, CodeCommit's dates, and `email` as `ses`.
const servicesSignedDifferently = /^(s3.*|codecommit|email)$/;

/** Throws a {@link ConfigurationError} for a URL to which a signed request must not be sent. */
export function parseEndpoint(input: string | URL): URL {
  const url = parseUrl(input);
  if (url.username !== "" || url.password !== "") {
    throw new ConfigurationError("Cannot use this URL: it contains a user name or a password; remove them");
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopbackUrl(url))) return url;
  if (url.protocol !== "http:") {
    throw new ConfigurationError(`Cannot use this URL: it begins with "${url.protocol}"; give an https URL`);
  }
  throw new ConfigurationError(
    `Cannot sign a request to http://${url.host}: a plain http URL must be this machine (localhost); use https`,
  );
}

/** Whether a URL names this machine, by a loopback address or by a name that resolves to one. */
export function isLoopbackUrl(url: URL): boolean {
  return loopbackHost.test(url.hostname);
}

/** Takes the scope from the host of a Function URL, otherwise from the options. There is no default. */
export function scopeOf(
  url: URL,
  given: { service?: string | undefined; region?: string | undefined },
): Scope {
  const found = functionUrlHost.test(url.hostname) ? "lambda" : undefined;
  const service = chooseName("service", found, given.service, url);
  if (servicesSignedDifferently.test(service)) {
    throw new ConfigurationError(
      `Cannot sign for the service "${service}": it has its own signing rules; use its SDK`,
    );
  }
  return { service, region: regionOf(url, given.region) };
}

/** The Region in the host of a Function URL, otherwise the given one. There is no default. */
export function regionOf(url: URL, given: string | undefined): string {
  return chooseName("region", functionUrlHost.exec(url.hostname)?.[1], given, url);
}

function parseUrl(input: string | URL): URL {
  try {
    return new URL(input);
  } catch {
    throw new ConfigurationError(
      "Cannot parse the URL: it is not absolute; give one such as https://abc.lambda-url.eu-west-1.on.aws/",
    );
  }
}

/** `found` is the name in the host of a Function URL. */
function chooseName(
  option: keyof Scope,
  found: string | undefined,
  given: string | undefined,
  { hostname }: URL,
): string {
  const name = found ?? given;
  if (!name) {
    throw new ConfigurationError(
      `Cannot find the ${option} in the host ${hostname}: it is not a Function URL's host; set the option "${option}"`,
    );
  }
  if (name === (given ?? name) && /^[a-z0-9-]+$/.test(name)) return name;
  throw new ConfigurationError(
    found
      ? `Cannot sign for the ${option} "${given}": the Function URL names "${found}"; leave the option out`
      : `Cannot sign for the ${option} ${JSON.stringify(given)}: it is malformed; correct it`,
  );
}
