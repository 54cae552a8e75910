// Tests the permissions of callers: users and roles of this account, other accounts and their roles, and browsers.
import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { otherCallers, withEveryPart } from "../support/deployment/packagings.ts";
import { ofType, packagedTemplate, propertiesOf, type Template } from "../support/deployment/template.ts";

let template: Template;
let open: Template;

beforeAll(async () => {
  template = await packagedTemplate();
  open = await packagedTemplate(withEveryPart);
});

describe("the default permissions of callers", () => {
  test("the URL demands a signature, streams, and has no CORS", () => {
    expect(propertiesOf(template, "ConverseLambdaFunctionUrl")).toEqual({
      AuthType: "AWS_IAM",
      InvokeMode: "RESPONSE_STREAM",
      TargetFunctionArn: { "Fn::GetAtt": ["ConverseLambdaFunction", "Arn"] },
    });
  });

  test("one policy lets users and roles of the account invoke the URL and the function, each under its own condition", () => {
    const Resource = [{ "Fn::GetAtt": ["ConverseLambdaFunction", "Arn"] }];
    expect(propertiesOf(template, "CallerPolicy")["PolicyDocument"]).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["lambda:InvokeFunctionUrl"],
          Resource,
          Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
        },
        {
          Effect: "Allow",
          Action: ["lambda:InvokeFunction"],
          Resource,
          Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
        },
      ],
    });
  });

  test("other accounts get no permission", () => {
    expect(ofType(template, "AWS::Lambda::Permission")).toEqual([]);
  });
});

test("each caller of another account is allowed to invoke the URL, and to invoke the function only through the URL", () => {
  const FunctionName = { "Fn::GetAtt": ["ConverseLambdaFunction", "Arn"] };
  const permissions = otherCallers.flatMap((Principal) => [
    { FunctionName, Principal, Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "AWS_IAM" },
    { FunctionName, Principal, Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true },
  ]);
  expect(ofType(open, "AWS::Lambda::Permission").map(([, properties]) => properties)).toEqual(permissions);
});

test("CORS allows pages of the listed origins to send signed requests, with or without an idempotency key", () => {
  expect(propertiesOf(open, "ConverseLambdaFunctionUrl")["Cors"]).toEqual({
    AllowOrigins: ["https://app.example.com", "http://localhost:3000", "http://127.0.0.1:5173"],
    AllowMethods: ["GET", "POST"],
    AllowHeaders: [
      "accept",
      "authorization",
      "content-type",
      "idempotency-key",
      "last-event-id",
      "x-amz-content-sha256",
      "x-amz-date",
      "x-amz-security-token",
    ],
    ExposeHeaders: ["date", "retry-after", "x-amzn-errortype", "x-amzn-requestid"],
    MaxAge: 3600,
  });
});

describe("the curl command in the outputs", () => {
  /** The arguments of the curl command after CloudFormation and the shell have replaced the variables. */
  function argumentsWith(variables: Record<string, string>): string[] {
    const output = template.Outputs["Curl"]?.Value as { "Fn::Sub": string } | undefined;
    const line = (output?.["Fn::Sub"] ?? "")
      .replaceAll(/\$\{(?!!)([\w:.]+)\}/g, (_, name: string) =>
        name === "AWS::Region" ? "eu-west-1" : "https://url/",
      )
      .replaceAll("${!", "${")
      .replace(/^curl/, `printf '%s\\n'`);
    const env = { PATH: process.env["PATH"] ?? "", ...variables };
    return execFileSync("sh", ["-c", line], { env, encoding: "utf8" }).trimEnd().split("\n");
  }
  const key = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
  const common = ["--no-buffer", "--data", '{"prompt":"Why is the sky blue?"}', "https://url/"];
  const signed = ["--aws-sigv4", "aws:amz:eu-west-1:lambda", "--user", "id:secret"];

  test("the curl command sends no token header without a session token", () => {
    expect(argumentsWith(key)).toEqual([...signed, ...common]);
  });

  test("the curl command sends the token of temporary credentials", () => {
    const variables = { ...key, AWS_SESSION_TOKEN: "a token" };
    expect(argumentsWith(variables)).toEqual([...signed, "-Hx-amz-security-token: a token", ...common]);
  });
});
