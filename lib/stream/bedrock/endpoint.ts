// Finds Bedrock's endpoint from the variables that every AWS SDK follows, or derives it from the Region.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html

/** Environment variables by name. */
export type Variables = Record<string, string | undefined>;

export interface Endpoint {
  url: URL;
  region: string;
}

/** Each partition's Regions and domains. Regions that match no other pattern are in the last one. https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
const partitions: [regions: RegExp, domain: string, dualStackDomain: string][] = [
  [/^cn-/, "amazonaws.com.cn", "api.amazonwebservices.com.cn"],
  [/^eusc-/, "amazonaws.eu", "api.amazonwebservices.eu"],
  [/^us-iso-/, "c2s.ic.gov", "api.aws.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov", "api.aws.scloud"],
  [/^eu-isoe-/, "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"],
  [/^us-isof-/, "csp.hci.ic.gov", "api.aws.hci.ic.gov"],
  [/^/, "amazonaws.com", "api.aws"],
];

/** Throws an Error that names the variable if one is missing or wrong. */
export function findEndpoint(variables: Variables): Endpoint {
  const region = variables["AWS_REGION"];
  if (region === undefined || !/^[a-z0-9-]+$/.test(region)) {
    const found = region ? `"${region}"` : "not set";
    throw new Error(`Cannot start: AWS_REGION is ${found}; set it to a Region such as us-east-1`);
  }
  const configured = findConfigured(variables);
  return { url: configured ?? defaultFor(region, variables), region };
}

/** The host as `node:net` expects it: `URL` puts IPv6 addresses in brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replaceAll(/[[\]]/g, "");
}

function findConfigured(variables: Variables): URL | undefined {
  if (isOn(variables, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) return undefined;
  const name = ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"].find((each) => variables[each]);
  if (name === undefined) return undefined;
  const value = variables[name] ?? "";
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
  for (const variant of ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"]) {
    if (isOn(variables, variant))
      throw new Error(`Cannot start: ${variant} cannot be combined with ${name}; unset one of them`);
  }
  return url;
}

function defaultFor(region: string, variables: Variables): URL {
  const fips = isOn(variables, "AWS_USE_FIPS_ENDPOINT") ? "-fips" : "";
  const [, domain, dualStackDomain] =
    partitions.find(([regions]) => regions.test(region)) ?? partitions.at(-1)!;
  const isDualStack = isOn(variables, "AWS_USE_DUALSTACK_ENDPOINT");
  return new URL(`https://bedrock-runtime${fips}.${region}.${isDualStack ? dualStackDomain : domain}`);
}

function isOn(variables: Variables, name: string): boolean {
  return variables[name]?.toLowerCase() === "true";
}
