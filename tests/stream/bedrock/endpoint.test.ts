// Tests that Bedrock's and DynamoDB's endpoints follow AWS's own rules, in Regions of every partition and for every variant.
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import { findEndpoint } from "../../../lib/stream/bedrock/endpoint.ts";

const regions = [
  "us-east-1 us-west-2 eu-central-1 ap-southeast-7 sa-east-1 ca-west-1 me-central-1 af-south-1 il-central-1 mx-central-1",
  "cn-north-1 cn-northwest-1 us-gov-west-1 us-gov-east-1 us-iso-east-1 us-isob-east-1 eu-isoe-west-1 us-isof-south-1",
  "eusc-de-east-1",
]
  .join(" ")
  .split(" ");

describe.each(regions)("the endpoint in %s", (region) => {
  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("the endpoint follows AWS's rules with FIPS %s and dual stack %s", (fips, dualStack) => {
    const rules = { Region: region, UseFIPS: fips, UseDualStack: dualStack };
    const expected = new BedrockRuntimeClient({ region }).config.endpointProvider(rules);
    const variables = {
      AWS_REGION: region,
      AWS_USE_FIPS_ENDPOINT: String(fips),
      AWS_USE_DUALSTACK_ENDPOINT: String(dualStack),
    };
    expect(findEndpoint(variables).url.href).toBe(expected.url.href);
    const ofDynamoDb = new DynamoDBClient({ region }).config.endpointProvider(rules);
    expect(findEndpoint(variables, "dynamodb").url.href).toBe(ofDynamoDb.url.href);
  });
});

const base = { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: "https://general.example:8443" };

describe("configured endpoints", () => {
  test("an endpoint for Bedrock takes precedence over the general endpoint", () => {
    expect(findEndpoint(base).url.host).toBe("general.example:8443");
    const own = { ...base, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://127.0.0.1:9001/base" };
    expect(findEndpoint(own).url.href).toBe("http://127.0.0.1:9001/base");
  });

  test("an endpoint is ignored if it is empty, or if AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true", () => {
    const empty = { ...base, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "" };
    expect(findEndpoint(empty).url.host).toBe("general.example:8443");
    const ignored = { ...base, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    expect(findEndpoint(ignored).url.host).toBe("bedrock-runtime.eu-west-1.amazonaws.com");
  });

  test.each(["nowhere", "ftp://x", "localhost:9001", "//x"])(
    "the endpoint %s is rejected, and the error names the variable",
    (value) => {
      expect(() => findEndpoint({ ...base, AWS_ENDPOINT_URL: value })).toThrow(
        `Cannot start: AWS_ENDPOINT_URL is "${value}"; set it to an http or https URL`,
      );
    },
  );

  test.each([
    ["https://user:hunter2@x.example", "contains a user or a password; remove them"],
    ["https://hunter2@x.example", "contains a user or a password; remove them"],
    ["htps://user:hunter2@x.example", "contains a user or a password; remove them"],
    ["user:hunter2@x.example", 'is "***@x.example"; set it to an http or https URL'],
    ["https://x.example/?token=hunter2", "contains a query or a fragment; remove it"],
    ["https://x.example/#hunter2", "contains a query or a fragment; remove it"],
  ])("the endpoint %s is rejected, and the error does not show its secrets", (value, message) => {
    const start = () => findEndpoint({ ...base, AWS_ENDPOINT_URL: value });
    expect(start).toThrow(`Cannot start: AWS_ENDPOINT_URL ${message}`);
    expect(start).not.toThrow(/hunter2/);
  });

  test.each(["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])(
    "an endpoint cannot be combined with %s",
    (name) => {
      expect(() => findEndpoint({ ...base, [name]: "true" })).toThrow(
        `Cannot start: ${name} cannot be combined with AWS_ENDPOINT_URL`,
      );
    },
  );
});

test.each([undefined, "", "US", "us-east-1.example.com/", "us east"])(
  "the Region %j is rejected",
  (region) => {
    expect(() => findEndpoint({ AWS_REGION: region })).toThrow("Cannot start: AWS_REGION is ");
  },
);
