// Tests `npm start -- --bedrock`: the endpoint that it finds, and the options and AWS variables that it rejects.
import { devNull } from "node:os";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { findEndpoint } from "../../lib/stream/bedrock/endpoint.ts";
import { OptionError } from "../../scripts/options.ts";
import { findAwsAccount, type AwsAccount } from "../../scripts/start/aws-account.ts";
import { readStartOptions } from "../../scripts/start/start-options.ts";

const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-west-1" };

/** Finds the account in this process, with only these AWS variables. */
function accountWith(variables: Record<string, string>, bedrock = "aws"): Promise<AwsAccount> {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  const nothing = {
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  const all = { ...nothing, AWS_EC2_METADATA_DISABLED: "true", ...variables };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return findAwsAccount(bedrock);
}

describe("the endpoint of --bedrock aws", () => {
  test.each([
    [{}, "https://bedrock-runtime.eu-west-1.amazonaws.com/"],
    [{ AWS_USE_DUALSTACK_ENDPOINT: "True" }, "https://bedrock-runtime.eu-west-1.api.aws/"],
    [
      { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
      "https://bedrock-runtime.eu-west-1.amazonaws.com/",
    ],
    [{ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "" }, "https://bedrock-runtime.eu-west-1.amazonaws.com/"],
  ])("the endpoint with %j is %s, and the function finds the same endpoint", async (variables, url) => {
    const account = await accountWith({ ...keys, ...variables });
    expect(account.endpointUrl).toBe(url);
    expect(findEndpoint({ AWS_REGION: account.region, ...account.variables }).url.href).toBe(url);
  });
});

describe("the check of options and variables", () => {
  test.each([
    [
      "ftp://example.com",
      /^Cannot start: --bedrock is "ftp:\/\/example\.com"; give local, aws or the URL of an endpoint$/,
    ],
    ["localhost:4566", /give local, aws or the URL/],
    [
      "http://10.0.0.1:4566",
      /^Cannot start: --bedrock is "http:\/\/10\.0\.0\.1:4566"; use https, as http would send prompts/,
    ],
    ["http://localhost.example.com", /use https/],
    ["https://example.com/?a=b", /without a query/],
    [
      "https://me:hidden@example.com/",
      /^Cannot start: --bedrock is a URL with a user name or password; [^"]*$/,
    ],
  ])("npm start rejects --bedrock %s in one sentence", (url, sentence) => {
    const read = () => readStartOptions(["--bedrock", url]);
    expect(read).toThrow(OptionError);
    expect(read).toThrow(sentence);
    expect(read).not.toThrow(/hidden/);
  });

  test.each([
    "http://127.0.0.1:4566",
    "http://localhost:4566",
    "http://[::1]:4566",
    "https://vpce-1.example.com/a",
  ])("npm start accepts --bedrock %s", (url) => {
    expect(readStartOptions(["--bedrock", url]).bedrock).toBe(new URL(url).href);
  });

  test.each<[variables: Record<string, string>, sentence: RegExp]>([
    [{ AWS_ENDPOINT_URL: "nowhere" }, /AWS_ENDPOINT_URL is "nowhere"; set it to an http or https URL/],
    [{ AWS_USE_FIPS_ENDPOINT: "yes" }, /AWS_USE_FIPS_ENDPOINT is "yes"; set it to true or false/],
    [
      { AWS_USE_DUALSTACK_ENDPOINT: "true", AWS_ENDPOINT_URL: "https://a.example" },
      /AWS_USE_DUALSTACK_ENDPOINT cannot be combined with AWS_ENDPOINT_URL/,
    ],
    [{ AWS_REGION: "us east" }, /AWS_REGION or the profile's region is invalid \(.*us east/],
    [
      { AWS_BEARER_TOKEN_BEDROCK: "hidden\nkey" },
      /AWS_BEARER_TOKEN_BEDROCK contains spaces, line breaks (?!.*hidden)/,
    ],
  ])("npm start rejects the variables %j in one sentence", async (variables, sentence) => {
    const found = accountWith({ ...keys, ...variables });
    await expect(found).rejects.toThrow(OptionError);
    await expect(found).rejects.toThrow(sentence);
  });

  test.each(["aws", "http://127.0.0.1:9/"])(
    "npm start rejects --bedrock %s without credentials",
    async (bedrock) => {
      await expect(accountWith({}, bedrock)).rejects.toThrow(
        `Cannot find AWS credentials for --bedrock ${bedrock}: `,
      );
    },
  );
});
