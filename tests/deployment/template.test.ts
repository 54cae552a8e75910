// Tests the template with all parameters at their defaults.
import { beforeAll, describe, expect, test } from "vitest";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import {
  environmentOf,
  functionOf,
  ofType,
  packagedTemplate,
  propertiesOf,
  roleStatements,
  type Statement,
  type Template,
} from "../support/deployment/template.ts";

let template: Template;
beforeAll(async () => {
  template = await packagedTemplate();
});

test("the template has only the function behind the Function URL, no API, and no answer store", () => {
  expect(ofType(template, "AWS::Lambda::Function")).toHaveLength(1);
  expect(JSON.stringify(template)).not.toMatch(/app-?sync|web-?socket|execute-api|push_interval/i);
  expect(JSON.stringify(template)).not.toMatch(
    /dynamodb|answer_|answer-?(store|table)|AnswerNotFound|idempoten/i,
  );
});

describe("the function", () => {
  test("the function runs on Node 24 and arm64 for up to 15 minutes, and logs JSON", () => {
    expect(functionOf(template)).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      MemorySize: 256,
      Timeout: 900,
      LoggingConfig: { LogFormat: "JSON" },
    });
  });

  test("the function has no reserved concurrency and no tracing", () => {
    expect(functionOf(template)).not.toHaveProperty("ReservedConcurrentExecutions");
    expect(functionOf(template)).not.toHaveProperty("TracingConfig");
  });

  test("the function's variables name the models, and set all other settings to the code's own defaults", () => {
    const variables = environmentOf(template);
    const { DELTAPIPE_MODELS } = variables;
    expect(DELTAPIPE_MODELS).toMatch(/^[\w-]+=/);
    expect(readConfiguration(variables)).toEqual(readConfiguration({ DELTAPIPE_MODELS }));
  });

  test("the function is not invoked again after a failed asynchronous invocation", () => {
    expect(propertiesOf(template, "ConverseLambdaEvConf")).toMatchObject({
      MaximumRetryAttempts: 0,
      Qualifier: "$LATEST",
    });
  });

  test("the function has a log group that keeps records for 30 days", () => {
    expect(propertiesOf(template, "ConverseLogGroup")).toEqual({
      LogGroupName: "/aws/lambda/deltapipe-dev-converse",
      RetentionInDays: 30,
    });
  });
});

describe("the template", () => {
  test("IAM statements have wildcards only for the Region of models behind inference profiles, and for log streams", () => {
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

  test("the template's bucket for artifacts is encrypted and blocks public access", () => {
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

  test("the template has outputs for the bucket, the URL, the caller policy, the dashboard and a curl command", () => {
    expect(Object.keys(template.Outputs)).toEqual([
      "ServerlessDeploymentBucketName",
      "ConverseLambdaFunctionUrl",
      "CallerPolicyArn",
      "DashboardAddress",
      "Curl",
    ]);
  });
});
