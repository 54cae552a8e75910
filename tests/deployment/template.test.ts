// The template of a service with its parameters at their defaults, resource by resource.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import {
  environmentOf,
  functionOf,
  hasLinter,
  openService,
  propertiesOf,
  roleStatements,
  type PackagedService,
  type Statement,
  type Template,
} from "../support/deployment/packaged-service.ts";

let service: PackagedService;
let template: Template;

beforeAll(async () => {
  service = await openService();
  template = await service.template();
});
afterAll(() => service.remove());

describe("the function", () => {
  test("runs on Node 24 and arm64, streams for 15 minutes, and logs in JSON", () => {
    expect(functionOf(template)).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      MemorySize: 256,
      Timeout: 900,
      LoggingConfig: { LogFormat: "JSON" },
    });
  });

  test("has neither a cap nor traces unless asked for", () => {
    expect(functionOf(template)).not.toHaveProperty("ReservedConcurrentExecutions");
    expect(functionOf(template)).not.toHaveProperty("TracingConfig");
  });

  test("is configured as it would be without a word, but for its models", () => {
    const variables = environmentOf(template);
    const { DELTAPIPE_MODELS } = variables;
    expect(DELTAPIPE_MODELS).toMatch(/^[\w-]+=/);
    expect(readConfiguration(variables)).toEqual(readConfiguration({ DELTAPIPE_MODELS }));
  });

  test("is not run again when an asynchronous invocation fails", () => {
    expect(propertiesOf(template, "ConverseLambdaEvConf")).toMatchObject({
      MaximumRetryAttempts: 0,
      Qualifier: "$LATEST",
    });
  });

  test("has a log group that forgets after 30 days", () => {
    expect(propertiesOf(template, "ConverseLogGroup")).toEqual({
      LogGroupName: "/aws/lambda/deltapipe-dev-converse",
      RetentionInDays: 30,
    });
  });
});

describe("the whole", () => {
  test("has no wildcard but the Region of models behind profiles, and the log streams that osls names", () => {
    const statements = [
      ...roleStatements(template),
      ...(propertiesOf(template, "CallerPolicy")["PolicyDocument"] as { Statement: Statement[] }).Statement,
    ];
    expect(statements.filter(({ Action }) => JSON.stringify(Action).includes("*"))).toEqual([]);
    const broad = statements.filter(({ Resource }) => JSON.stringify(Resource).includes("*"));
    const isLog = ({ Action }: (typeof broad)[0]) => Action.every((action) => action.startsWith("logs:"));
    expect(broad.filter((statement) => !isLog(statement))).toEqual([
      expect.objectContaining({
        Resource: [
          {
            "Fn::Sub": expect.stringMatching(
              /^arn:\$\{AWS::Partition\}:bedrock:\*::foundation-model\/[\w.:-]+$/,
            ),
          },
        ],
        Condition: { StringEquals: { "bedrock:InferenceProfileArn": expect.anything() } },
      }),
    ]);
    for (const { Resource } of broad.filter(isLog)) {
      expect(JSON.stringify(Resource)).toContain(":log-group:/aws/lambda/deltapipe-dev");
    }
  });

  test("keeps its artefacts in a bucket that is encrypted and closed to the public", () => {
    expect(propertiesOf(template, "ServerlessDeploymentBucket")).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: expect.anything(),
    });
  });

  test("tells the URL, the policy, the dashboard, and a line to try", () => {
    expect(Object.keys(template.Outputs)).toEqual([
      "ServerlessDeploymentBucketName",
      "ConverseLambdaFunctionUrl",
      "CallerPolicyArn",
      "DashboardAddress",
      "Curl",
    ]);
  });

  test.skipIf(!hasLinter)("has nothing that cfn-lint finds", async () => {
    expect(await service.lint()).toBe("");
  });
});
