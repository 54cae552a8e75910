// Tests the GraphQL API that the parameter appSync adds to the template. The template of most tests admits all kinds of callers,
// and has a WebSocket API too.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, test } from "vitest";
import { appSyncVariable } from "../../lib/push/publish-to-subscribers.ts";
import { lambdaMetrics, metricIds } from "../support/deployment/alarm-metrics.ts";
import { problemsOf } from "../support/deployment/deployment-parameters.ts";
import { userPool, withAppSync } from "../support/deployment/packagings.ts";
import {
  callerStatements,
  ownStatements,
  sharedStatements,
  statementsOf,
} from "../support/deployment/statements.ts";
import {
  environmentOf,
  ofType,
  packagedTemplate,
  propertiesOf,
  roleStatements,
  type Template,
} from "../support/deployment/template.ts";

const require = createRequire(import.meta.url);
const { appSyncApi } = require("../../lib/appsync/index.cjs") as {
  appSyncApi: (callers: object) => {
    schema: string;
    resolvers: { typeName: string; fieldName: string; file: string; dataSource: string }[];
  };
};
const { additionalProviders } = require("../../lib/deployment/app-sync-callers.cjs") as {
  additionalProviders: (parameters: object) => unknown;
};
const { appSyncResources } = require("../../lib/deployment/app-sync.cjs") as {
  appSyncResources: (parameters: object) => Template["Resources"];
};

const day = 24 * 60 * 60;

let template: Template;
beforeAll(async () => {
  template = await packagedTemplate(withAppSync);
});

describe("the function behind the GraphQL API", () => {
  const properties = () => propertiesOf(template, "AppSyncLambdaFunction");

  test("the AppSync function has the URL function's memory size, timeout and settings, and the address to publish to", () => {
    const { Variables } = properties()["Environment"] as { Variables: Record<string, unknown> };
    expect(Variables).toEqual({
      ...environmentOf(template),
      DELTAPIPE_PUSH_INTERVAL_MS: "400",
      [appSyncVariable]: { "Fn::GetAtt": ["AppSyncApi", "GraphQLUrl"] },
    });
    expect(properties()).toMatchObject({
      Handler: "handlers/appsync.handler",
      FunctionName: "deltapipe-dev-appSync",
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      MemorySize: 256,
      Timeout: 300,
      ReservedConcurrentExecutions: 5,
      TracingConfig: { Mode: "Active" },
      LoggingConfig: { LogFormat: "JSON" },
    });
  });

  test("the AppSync function is not invoked again after a failure, nor for a question that has waited for a minute", () => {
    expect(propertiesOf(template, "AppSyncLambdaEvConf")).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  test("the AppSync function has its own role, which lets it write its log and use the field publish of this API", () => {
    expect(properties()["Role"]).toEqual({ "Fn::Sub": "${AppSyncRole.Arn}" });
    const log =
      "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/deltapipe-dev-appSync:*";
    expect(ownStatements(template, "AppSyncRole")).toEqual([
      [["logs:CreateLogStream", "logs:PutLogEvents"], [{ "Fn::Sub": log }]],
      [["appsync:GraphQL"], [{ "Fn::Sub": "${AppSyncApi.Arn}/types/Mutation/fields/publish" }]],
    ]);
  });

  test("the AppSync function can use the same models, guardrail, answer store and tracing as the URL's function", () => {
    expect(sharedStatements(template, "AppSyncRole")).toEqual(sharedStatements(template));
    expect(JSON.stringify(roleStatements(template))).not.toMatch(/appsync/i);
  });
});

describe("the API", () => {
  test("the GraphQL API authenticates callers with IAM by default, and also with tokens for one client and with the API key", () => {
    expect(propertiesOf(template, "AppSyncApi")).toMatchObject({
      AuthenticationType: "AWS_IAM",
      AdditionalAuthenticationProviders: [
        {
          AuthenticationType: "OPENID_CONNECT",
          OpenIDConnectConfig: { Issuer: "https://idp.example.com/app", ClientId: "^web\\.1$" },
        },
        { AuthenticationType: "API_KEY" },
      ],
      XrayEnabled: true,
    });
  });

  test("the GraphQL API logs errors without content, and its log is deleted after the retention time", () => {
    expect(propertiesOf(template, "AppSyncApi")["LogConfig"]).toEqual({
      CloudWatchLogsRoleArn: { "Fn::GetAtt": ["AppSyncLogRole", "Arn"] },
      FieldLogLevel: "ERROR",
      ExcludeVerboseContent: true,
    });
    expect(propertiesOf(template, "AppSyncApiLogGroup")).toEqual({
      LogGroupName: { "Fn::Sub": "/aws/appsync/apis/${AppSyncApi.ApiId}" },
      RetentionInDays: 30,
    });
  });

  test("the GraphQL API has exactly the schema and the resolvers of lib/appsync", () => {
    const { schema, resolvers } = appSyncApi({ apiKey: true, users: "oidc" });
    expect(propertiesOf(template, "AppSyncSchema")["Definition"]).toBe(schema);
    const deployed = ofType(template, "AWS::AppSync::Resolver").map(([, properties]) => properties);
    expect(deployed).toEqual(
      resolvers.map(({ typeName, fieldName, file, dataSource }) => ({
        ApiId: { "Fn::GetAtt": ["AppSyncApi", "ApiId"] },
        TypeName: typeName,
        FieldName: fieldName,
        DataSourceName: {
          "Fn::GetAtt": [dataSource === "function" ? "AppSyncFunctionSource" : "AppSyncNoneSource", "Name"],
        },
        Runtime: { Name: "APPSYNC_JS", RuntimeVersion: "1.0.0" },
        Code: readFileSync(file, "utf8"),
      })),
    );
  });

  test("the GraphQL API has a key that is valid for a year, the longest time that AppSync allows", () => {
    const expires = propertiesOf(template, "AppSyncKey")["Expires"] as number;
    const seconds = expires - Date.now() / 1000;
    expect(seconds).toBeLessThanOrEqual(365 * day);
    expect(seconds).toBeGreaterThan(363 * day);
  });

  test("the GraphQL API can invoke the function and write its log, with roles that AppSync assumes for this account only", () => {
    const functionArn = { "Fn::GetAtt": ["AppSyncLambdaFunction", "Arn"] };
    const log = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/appsync/apis/*";
    const allowed = ["AppSyncSourceRole", "AppSyncLogRole"].map((role) => statementsOf(template, role));
    expect(allowed).toEqual([
      [{ Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [functionArn] }],
      [
        {
          Effect: "Allow",
          Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: [{ "Fn::Sub": log }],
        },
      ],
    ]);
    for (const role of ["AppSyncSourceRole", "AppSyncLogRole"]) {
      expect(propertiesOf(template, role)["AssumeRolePolicyDocument"]).toMatchObject({
        Statement: [
          {
            Principal: { Service: "appsync.amazonaws.com" },
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          },
        ],
      });
    }
  });

  test("the GraphQL API lets callers with the callers' policy ask and subscribe, but not publish", () => {
    expect(callerStatements(template).at(-1)).toEqual({
      Effect: "Allow",
      Action: ["appsync:GraphQL"],
      Resource: [
        { "Fn::Sub": "${AppSyncApi.Arn}/types/Mutation/fields/startConversation" },
        { "Fn::Sub": "${AppSyncApi.Arn}/types/Subscription/fields/onMessage" },
      ],
    });
  });

  test("the GraphQL API accepts the tokens of a user pool's app client", () => {
    const [, , region = "", client] = /^((\w+-\w+-\d)_\w+):(\w+)$/.exec(userPool) ?? [];
    expect(client).toBeDefined();
    expect(additionalProviders({ appSyncApiKey: false, appSyncIssuer: userPool })).toEqual({
      AdditionalAuthenticationProviders: [
        {
          AuthenticationType: "AMAZON_COGNITO_USER_POOLS",
          UserPoolConfig: {
            AwsRegion: region,
            UserPoolId: userPool.split(":")[0],
            AppIdClientRegex: client,
          },
        },
      ],
    });
  });

  test("a GraphQL API for IAM callers alone has no key, accepts no tokens, and has a schema that allows only IAM", () => {
    const resources = appSyncResources({
      appSync: true,
      appSyncApiKey: false,
      appSyncIssuer: undefined,
      xray: false,
      region: "us-east-1",
      logRetentionDays: "30",
      ofFunction: {
        models: "a=vendor.a-v1:0",
        guardrail: "none",
        allow: "none",
        answerRetentionMinutes: "none",
      },
    });
    expect(resources).not.toHaveProperty("AppSyncKey");
    expect(resources["AppSyncApi"]!.Properties).not.toHaveProperty("AdditionalAuthenticationProviders");
    const schema = resources["AppSyncSchema"]!.Properties["Definition"] as string;
    expect(new Set(schema.match(/@\w+/g))).toEqual(new Set(["@aws_iam", "@aws_subscribe"]));
  });
});

describe("the operator", () => {
  test("the outputs contain both addresses and a command that shows the key, but not the key", () => {
    const { AppSyncUrl, AppSyncRealtimeUrl, AppSyncApiKey } = template.Outputs;
    expect(AppSyncUrl?.Value).toEqual({ "Fn::GetAtt": ["AppSyncApi", "GraphQLUrl"] });
    expect(AppSyncRealtimeUrl?.Value).toEqual({ "Fn::GetAtt": ["AppSyncApi", "RealtimeUrl"] });
    expect(JSON.stringify(AppSyncApiKey?.Value)).toContain("aws appsync list-api-keys");
    expect(JSON.stringify(template.Outputs)).not.toContain(`"AppSyncKey"`);
  });

  test("the alarms for failures and throttling cover all three functions", () => {
    const ofMessages = ["WebSocketLambdaFunction", "AppSyncLambdaFunction"];
    expect(lambdaMetrics(template, "ErrorAlarm")).toEqual([
      "Errors ConverseLambdaFunction",
      ...ofMessages.flatMap((name) => [`Errors ${name}`, `AsyncEventsDropped ${name}`]),
    ]);
    expect(lambdaMetrics(template, "ThrottleAlarm")).toEqual(
      ["ConverseLambdaFunction", ...ofMessages].map((name) => `Throttles ${name}`),
    );
  });

  test.each(["ErrorAlarm", "ThrottleAlarm"])("the expressions of the %s use all of its metrics", (id) => {
    const { used, defined } = metricIds(template, id);
    expect(used).toEqual(defined);
  });

  test("the dashboard shows connections, errors, the request quota and lost questions", () => {
    const body = JSON.stringify(propertiesOf(template, "Dashboard")["DashboardBody"]);
    for (const name of ["ActiveConnections", "5XXError", "TokensConsumed"]) {
      expect(body).toContain(`\\"AWS/AppSync\\",\\"${name}\\",\\"GraphQLAPIId\\",\\"\${AppSyncApi.ApiId}\\"`);
    }
    expect(body).toContain("${AppSyncLambdaFunction}");
    expect(body).toContain(String.raw`\"Operation\",\"AppSync\"`);
  });

  test("the AppSync function's log has as many metric filters as the log of the URL's function", () => {
    const filters = ofType(template, "AWS::Logs::MetricFilter").map(([, { LogGroupName }]) => LogGroupName);
    const of = (Ref: string) => filters.filter((group) => (group as { Ref: string }).Ref === Ref).length;
    expect(of("AppSyncLogGroup")).toBe(of("ConverseLogGroup"));
  });
});

describe("a wrong parameter of the GraphQL API", () => {
  test.each([
    [["appSync=yes"], `"appSync" is "yes"; set it to one of true, false`],
    [
      ["appSync=true", "appSyncIntervalMs=-1"],
      `"appSyncIntervalMs" is "-1"; set it to a whole number from 0 to 10000`,
    ],
    [["appSyncApiKey=true"], `"appSyncApiKey" has no effect without "appSync"; set "appSync" to true`],
    [[`appSyncIssuer=${userPool}`], `"appSyncIssuer" has no effect without "appSync"; set "appSync" to true`],
  ])("the wrong parameters %j stop the deployment", async (parameters, problem) => {
    expect(await problemsOf({ parameters: ["models=a=vendor.a-v1:0", ...parameters] })).toEqual([
      `Cannot package: parameter ${problem}`,
    ]);
  });

  test.each([
    "http://idp.example.com;client=web",
    "https://idp.example.com",
    "https://idp.example.com;client=",
    "eu-west-1_AbCdEf123",
    "https://idp.example.com?x;client=web",
    "https://idp.example.com;client=.*",
  ])("the wrong issuer %s stops the deployment", async (issuer) => {
    const parameters = ["models=a=vendor.a-v1:0", "appSync=true", `appSyncIssuer=${issuer}`];
    const [problem, ...others] = await problemsOf({ parameters });
    expect(others).toEqual([]);
    expect(problem).toContain(
      `parameter "appSyncIssuer" is "${issuer}"; set it to a user pool with an app client`,
    );
  });
});
