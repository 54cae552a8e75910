// Compares the IAM statements for lists of models word for word, and tests which lists are rejected.
import { describe, expect, test } from "vitest";
import { environmentFor, problemsOf, statementsFor } from "../support/deployment/deployment-parameters.ts";

const inIreland = { region: "eu-west-1" };
const allow = { Effect: "Allow", Action: ["bedrock:InvokeModelWithResponseStream"] };

function model(region: string, id: string) {
  return { "Fn::Sub": `arn:\${AWS::Partition}:bedrock:${region}::foundation-model/${id}` };
}

function profile(id: string) {
  return {
    "Fn::Sub": `arn:\${AWS::Partition}:bedrock:\${AWS::Region}:\${AWS::AccountId}:inference-profile/${id}`,
  };
}

/** The statement that allows a model in any Region, but only through the profile. */
function behind(id: string, profileArn: unknown) {
  const Condition = { StringEquals: { "bedrock:InferenceProfileArn": profileArn } };
  return { ...allow, Resource: [model("*", id)], Condition };
}

describe("the statements for a list of models", () => {
  test("plain models, geographic profiles and global profiles each get their statements", async () => {
    const models = "plain=vendor.plain-v1:0,eu=eu.vendor.model-v1:0 world=global.vendor.large-v2:0";
    const given = { parameters: [`models=${models}`], ...inIreland };
    expect(await statementsFor(given)).toEqual([
      { ...allow, Resource: [model("${AWS::Region}", "vendor.plain-v1:0")] },
      { ...allow, Resource: [profile("eu.vendor.model-v1:0")] },
      behind("vendor.model-v1:0", profile("eu.vendor.model-v1:0")),
      { ...allow, Resource: [profile("global.vendor.large-v2:0")] },
      behind("vendor.large-v2:0", profile("global.vendor.large-v2:0")),
    ]);
    expect(await environmentFor(given)).toMatchObject({ DELTAPIPE_MODELS: models });
  });

  test("each ARN gets a statement, and the ARN of a profile gets another statement for the profile's model", async () => {
    const arn = (kind: string) => `arn:aws:bedrock:eu-west-1:123456789012:${kind}`;
    const application = arn("application-inference-profile/abc123");
    const system = arn("inference-profile/eu.vendor.model-v1:0");
    const bought = arn("provisioned-model/def456");
    const models = `a=${application};model=vendor.other-v1:0,b=${system},c=${bought}`;
    const given = { parameters: [`models=${models}`], ...inIreland };
    expect(await statementsFor(given)).toEqual([
      { ...allow, Resource: [application] },
      behind("vendor.other-v1:0", application),
      { ...allow, Resource: [system] },
      behind("vendor.model-v1:0", system),
      { ...allow, Resource: [bought] },
    ]);
    expect(await environmentFor(given)).toMatchObject({ DELTAPIPE_MODELS: models });
  });
});

describe("the statements with a guardrail", () => {
  const arn = "arn:aws:bedrock:eu-west-1:123456789012:guardrail/abc123";
  // https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
  test.each([
    ["version 7", `${arn}:7`, `${arn}:7`],
    ["the draft", `${arn}:DRAFT`, arn],
  ])(
    "the statements with a guardrail require %s for every call to a model",
    async (_, guardrail, identifier) => {
      const parameters = ["models=a=vendor.a-v1:0,b=eu.vendor.b-v1:0", `guardrail=${guardrail}`];
      const given = { parameters, ...inIreland };
      const required = { "bedrock:GuardrailIdentifier": identifier };
      const b = behind("vendor.b-v1:0", profile("eu.vendor.b-v1:0"));
      expect(await statementsFor(given)).toEqual([
        {
          ...allow,
          Resource: [model("${AWS::Region}", "vendor.a-v1:0")],
          Condition: { StringEquals: required },
        },
        { ...allow, Resource: [profile("eu.vendor.b-v1:0")], Condition: { StringEquals: required } },
        { ...b, Condition: { StringEquals: { ...b.Condition.StringEquals, ...required } } },
        { Effect: "Allow", Action: ["bedrock:ApplyGuardrail"], Resource: [arn] },
      ]);
      expect(await environmentFor(given)).toMatchObject({ DELTAPIPE_GUARDRAIL: guardrail });
    },
  );
});

describe("rejected lists of models", () => {
  const arn = (region: string, resource: string) => `arn:aws:bedrock:${region}:123456789012:${resource}`;
  test.each([
    ["an empty list", ",", /is empty; list at least one model/],
    [
      "a model without a name",
      "vendor.a-v1:0",
      /contains "vendor\.a-v1:0"; write each model as name=modelId/,
    ],
    ["a name used twice", "a=v.x,a=v.y", /has "a" twice/],
    [
      "the ARN of an agent",
      `a=${arn("us-east-1", "agent/abc")}`,
      /contains "a=arn:.*"; use the ARN of a Bedrock model/,
    ],
    [
      "the ARN of a prompt router",
      `a=${arn("us-east-1", "prompt-router/abc")}`,
      /contains "a=arn:.*"; use the ARN of a Bedrock model/,
    ],
    [
      "an ARN of another Region",
      `a=${arn("eu-west-1", "provisioned-model/abc")}`,
      /in eu-west-1; use an ARN in us-east-1/,
    ],
    [
      "an incomplete ARN",
      "a=arn:aws:bedrock:us-east-1",
      /contains "a=arn:aws:bedrock:us-east-1"; use the ARN/,
    ],
    [
      "an application profile without its model",
      `a=${arn("us-east-1", "application-inference-profile/x")}`,
      /;model=/,
    ],
    [
      "a profile of another geography",
      "a=v.x,b=eu.vendor.model-v1:0",
      /contains "b=eu\.vendor\.model-v1:0"; use an inference profile for us-east-1/,
    ],
  ])("%s is rejected", async (_, models, reason) => {
    const problems = await problemsOf({ parameters: [`models=${models}`] });
    expect(problems).toEqual([expect.stringMatching(reason)]);
    expect(problems[0]).toMatch(/^Cannot package: parameter "models" /);
  });

  test.each([
    ["us", "eu-central-1"],
    ["us", "us-gov-west-1"],
    ["us-gov", "us-east-1"],
    ["apac", "us-west-2"],
    ["jp", "eu-west-1"],
    ["global", "us-gov-west-1"],
  ])("a profile of %s is rejected in %s", async (geography, region) => {
    expect(
      await problemsOf({ parameters: [`models=a=${geography}.vendor.model-v1:0`], region }),
    ).toHaveLength(1);
  });
});

test.each(["us-east-1", "us-west-2", "ca-central-1", "eu-west-1", "ap-southeast-2", "me-central-1"])(
  "the default list is accepted in %s",
  async (region) => {
    expect(await problemsOf({ region })).toEqual([]);
  },
);

test.each([
  ["us", "ca-central-1"],
  ["eu", "il-central-1"],
  ["apac", "me-central-1"],
])("a profile of %s is accepted in %s, one of its source Regions", async (geography, region) => {
  expect(await problemsOf({ parameters: [`models=a=${geography}.vendor.model-v1:0`], region })).toEqual([]);
});

describe("the statements with allow=guardrailConfig", () => {
  const arn = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:guardrail/*";

  test("allow=guardrailConfig lets the function apply any guardrail of the account", async () => {
    const statements = await statementsFor({ parameters: ["allow=guardrailConfig"] });
    expect(statements.at(-1)).toEqual({
      Effect: "Allow",
      Action: ["bedrock:ApplyGuardrail"],
      Resource: [{ "Fn::Sub": arn }],
    });
    expect(JSON.stringify(await statementsFor({}))).not.toContain("ApplyGuardrail");
  });

  test("a service with its own guardrail gets no permission for other guardrails from allow=guardrailConfig", async () => {
    const statements = await statementsFor({ parameters: ["allow=guardrailConfig", "guardrail=abc123:4"] });
    expect(JSON.stringify(statements)).not.toContain("guardrail/*");
  });
});
