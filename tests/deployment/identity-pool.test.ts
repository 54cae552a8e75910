// Tests the Cognito identity pool that the parameter identityProviders adds to the template.
import { beforeAll, describe, expect, test } from "vitest";
import { problemsOf } from "../support/deployment/deployment-parameters.ts";
import { oidc, saml, userPool, withIdentityProviders } from "../support/deployment/packagings.ts";
import { ofType, packagedTemplate, propertiesOf, type Template } from "../support/deployment/template.ts";

let plain: Template;
let template: Template;

beforeAll(async () => {
  plain = await packagedTemplate();
  template = await packagedTemplate(withIdentityProviders);
});

describe("the template without identity providers", () => {
  test("the template without identity providers has no pool, and only the function's role", () => {
    expect(JSON.stringify(plain)).not.toMatch(/cognito/i);
    expect(ofType(plain, "AWS::IAM::Role").map(([name]) => name)).toEqual(["IamRoleLambdaExecution"]);
  });
});

describe("the template with identity providers", () => {
  test("identity providers add a pool for their users, and only for users who have signed in", () => {
    expect(propertiesOf(template, "IdentityPool")).toEqual({
      AllowUnauthenticatedIdentities: false,
      AllowClassicFlow: false,
      CognitoIdentityProviders: [
        {
          ProviderName: "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
          ClientId: "1h57kf5cpq17m0eml1",
          ServerSideTokenCheck: true,
        },
      ],
      OpenIdConnectProviderARNs: [oidc],
      SamlProviderARNs: [saml],
    });
  });

  test("the pool has one role, for its signed-in users only, with the callers' policy and nothing else", () => {
    expect(propertiesOf(template, "IdentityPoolRoles")).toEqual({
      IdentityPoolId: { Ref: "IdentityPool" },
      Roles: { authenticated: { "Fn::GetAtt": ["IdentityPoolRole", "Arn"] } },
    });
    expect(propertiesOf(template, "IdentityPoolRole")).toEqual({
      Description: expect.anything(),
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Federated: "cognito-identity.amazonaws.com" },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
              StringEquals: { "cognito-identity.amazonaws.com:aud": { Ref: "IdentityPool" } },
              "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
            },
          },
        ],
      },
      ManagedPolicyArns: [{ Ref: "CallerPolicy" }],
    });
    expect(propertiesOf(template, "CallerPolicy")).toEqual(propertiesOf(plain, "CallerPolicy"));
  });

  test("identity providers add the pool to the outputs, and change nothing else in the template", () => {
    const { IdentityPoolId, ...outputs } = template.Outputs;
    expect(IdentityPoolId?.Value).toEqual({ Ref: "IdentityPool" });
    expect(outputs).toEqual(plain.Outputs);
    const { IdentityPool, IdentityPoolRole, IdentityPoolRoles, ...resources } = template.Resources;
    expect([IdentityPool, IdentityPoolRole, IdentityPoolRoles]).not.toContain(undefined);
    expect(withoutTime(resources)).toEqual(withoutTime(plain.Resources));
  });
});

/** Removes the time of packaging, which is part of the archive's name and differs between two packagings. */
function withoutTime(resources: Template["Resources"]): unknown {
  return JSON.parse(JSON.stringify(resources).replaceAll(/dev\/\d+-[^/"]+\//g, ""));
}

test.each(["us-gov-west-1", "cn-north-1"])("identity providers are rejected in %s", async (region) => {
  const models = "models=a=vendor.a-v1:0";
  expect(await problemsOf({ parameters: [models, `identityProviders=${userPool}`], region })).toEqual([
    `Cannot package: parameter "identityProviders" is not supported in ${region}; attach the policy in the output CallerPolicyArn to your pool's role`,
  ]);
  expect(await problemsOf({ parameters: [models], region })).toEqual([]);
});
