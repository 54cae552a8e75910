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
  const region = functionUrlHost.exec(url.hostname)?.[1];
  if (region === undefined) {
    return {
      service: requireName(given.service, "service", url),
      region: requireName(given.region, "region", url),
    };
  }
  rejectContradiction(given.region, region, "Region");
  rejectContradiction(given.service, "lambda", "service");
  return { service: "lambda", region };
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

function requireName(value: string | undefined, option: "service" | "region", url: URL): string {
  if (value === undefined || value === "") {
    throw new ConfigurationError(
      `Cannot tell the ${option} from the host ${url.hostname}: it is not a Function URL's host; set the option "${option}"`,
    );
  }
  const shown = JSON.stringify(value);
  if (!/^[a-z0-9-]+$/.test(value)) {
    throw new ConfigurationError(`Cannot sign for the ${option} ${shown}: it is malformed; correct it`);
  }
  if (option === "service" && servicesSignedDifferently.test(value)) {
    throw new ConfigurationError(
      `Cannot sign for the service ${shown}: it has its own signing rules; use its SDK`,
    );
  }
  return value;
}

function rejectContradiction(given: string | undefined, found: string, option: string): void {
  if (given === undefined || given === found) return;
  throw new ConfigurationError(
    `Cannot sign for the ${option} "${given}": the Function URL names "${found}"; leave the option out`,
  );
}
