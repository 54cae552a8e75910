// Finds the endpoint of Bedrock, DynamoDB or Lambda: from the environment variables that every AWS SDK follows, or else from the
// Region.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html

/** Environment variables by name. */
export type Variables = Record<string, string | undefined>;

/** The name of the service in the host of its endpoint. */
type Service = "bedrock-runtime" | "dynamodb" | "lambda";

export interface Endpoint {
  url: URL;
  region: string;
}

/**
 * Each partition's Regions and domains. Regions that match no other pattern are in the last one.
 * https://docs.aws.amazon.com/general/latest/gr/bedrock.html
 */
const partitions: [regions: RegExp, domain: string, dualStackDomain: string][] = [
  [/^cn-/, "amazonaws.com.cn", "api.amazonwebservices.com.cn"],
  [/^eusc-/, "amazonaws.eu", "api.amazonwebservices.eu"],
  [/^us-iso-/, "c2s.ic.gov", "api.aws.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov", "api.aws.scloud"],
  [/^eu-isoe-/, "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"],
  [/^us-isof-/, "csp.hci.ic.gov", "api.aws.hci.ic.gov"],
  [/^/, "amazonaws.com", "api.aws"],
];

/** If a variable is missing or wrong, throws an Error that names it. */
export function findEndpoint(variables: Variables, service: Service = "bedrock-runtime"): Endpoint {
  const region = regionIn(variables);
  const configured = findConfigured(variables, service);
  return { url: configured ?? defaultFor(region, variables, service), region };
}

/** Throws an Error if the variable is missing or wrong. */
export function regionIn(variables: Variables): string {
  const region = variables["AWS_REGION"];
  if (region === undefined || !/^[a-z0-9-]+$/.test(region)) {
    const found = region ? `"${region}"` : "not set";
    throw new Error(`Cannot start: AWS_REGION is ${found}; set it to a Region such as us-east-1`);
  }
  return region;
}

/** The host as `node:net` expects it: `URL` puts IPv6 addresses in brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replaceAll(/[[\]]/g, "");
}

function findConfigured(variables: Variables, service: Service): URL | undefined {
  if (isOn(variables, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) return undefined;
  const own = `AWS_ENDPOINT_URL_${service.replace("-", "_").toUpperCase()}`;
  const name = [own, "AWS_ENDPOINT_URL"].find((each) => variables[each]);
  if (name === undefined) return undefined;
  const url = readUrl(name, variables[name] ?? "");
  for (const variant of ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"]) {
    if (isOn(variables, variant))
      throw new Error(`Cannot start: ${variant} cannot be combined with ${name}; unset one of them`);
  }
  return url;
}

/**
 * Parses the value of the variable `name`. Throws an Error that names the variable if the value is not an http or https URL, or
 * if the URL has a user, a password, a query or a fragment.
 */
export function readUrl(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.username || url?.password) {
    throw new Error(`Cannot start: ${name} contains a user or a password; remove them`);
  }
  if (!url || !/^https?:$/.test(url.protocol)) {
    // The part before an @ may be a password.
    const shown = value.replace(/^.*@/s, "***@");
    throw new Error(`Cannot start: ${name} is "${shown}"; set it to an http or https URL`);
  }
  if (url.search || url.hash) {
    throw new Error(`Cannot start: ${name} contains a query or a fragment; remove it`);
  }
  return url;
}

function defaultFor(region: string, variables: Variables, service: Service): URL {
  const [, domain, dualStackDomain] =
    partitions.find(([regions]) => regions.test(region)) ?? partitions.at(-1)!;
  const isDualStack = isOn(variables, "AWS_USE_DUALSTACK_ENDPOINT");
  // DynamoDB's usual endpoint in GovCloud is its FIPS endpoint: https://aws.amazon.com/compliance/fips/
  const isFipsAnyway = service === "dynamodb" && region.startsWith("us-gov-") && !isDualStack;
  const fips = isOn(variables, "AWS_USE_FIPS_ENDPOINT") && !isFipsAnyway ? "-fips" : "";
  return new URL(`https://${service}${fips}.${region}.${isDualStack ? dualStackDomain : domain}`);
}

function isOn(variables: Variables, name: string): boolean {
  return variables[name]?.toLowerCase() === "true";
}
