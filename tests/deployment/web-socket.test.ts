// Tests the WebSocket API that the parameter webSocket adds to the template.
import { beforeAll, describe, expect, test } from "vitest";
import { endpointVariable } from "../../lib/push/post-to-connection.ts";
import { lambdaMetrics, metricIds } from "../support/deployment/alarm-metrics.ts";
import { problemsOf } from "../support/deployment/deployment-parameters.ts";
import { withWebSocket } from "../support/deployment/packagings.ts";
import {
  environmentOf,
  ofType,
  packagedTemplate,
  propertiesOf,
  roleStatements,
  type Template,
} from "../support/deployment/template.ts";
import { callerStatements, ownStatements, sharedStatements } from "../support/deployment/statements.ts";

let plain: Template;
let template: Template;
const owner = "${AWS::Region}:${AWS::AccountId}";
const stage = "arn:${AWS::Partition}:execute-api:" + owner + ":${WebSocketApi}/v1";
const url = "execute-api.${AWS::Region}.${AWS::URLSuffix}/v1";

beforeAll(async () => {
  [plain, template] = await Promise.all([packagedTemplate(), packagedTemplate(withWebSocket)]);
});

test("the default template has no part of the WebSocket API", () => {
  expect(JSON.stringify(plain)).not.toMatch(/web-?socket|execute-api|PUSH_INTERVAL|CallerGone/i);
});

describe("the function behind the WebSocket API", () => {
  const properties = () => propertiesOf(template, "WebSocketLambdaFunction");

  test("the WebSocket function has the URL function's memory size, timeout and settings, and the address for its posts", () => {
    const { Variables } = properties()["Environment"] as { Variables: Record<string, unknown> };
    expect(Variables).toEqual({
      ...environmentOf(template),
      DELTAPIPE_PUSH_INTERVAL_MS: "250",
      [endpointVariable]: { "Fn::Sub": "https://${WebSocketApi}." + url },
    });
    expect(environmentOf(template)).not.toHaveProperty("DELTAPIPE_PUSH_INTERVAL_MS");
    expect(properties()).toMatchObject({
      Handler: "handlers/websocket.handler",
      FunctionName: "deltapipe-dev-webSocket",
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      MemorySize: 256,
      Timeout: 300,
      ReservedConcurrentExecutions: 5,
      TracingConfig: { Mode: "Active" },
      LoggingConfig: { LogFormat: "JSON" },
    });
  });

  test("the WebSocket function is not invoked again after a failure, nor for a question that has waited for a minute", () => {
    expect(propertiesOf(template, "WebSocketLambdaEvConf")).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  test("the WebSocket function's role lets it write its log, invoke itself, and post to the connections of this stage", () => {
    expect(properties()["Role"]).toEqual({ "Fn::Sub": "${WebSocketRole.Arn}" });
    expect(ownStatements(template, "WebSocketRole")).toEqual([
      [
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [subOwn("logs", "log-group:/aws/lambda/deltapipe-dev-webSocket:*")],
      ],
      [["lambda:InvokeFunction"], [subOwn("lambda", "function:deltapipe-dev-webSocket")]],
      [["execute-api:ManageConnections"], [{ "Fn::Sub": `${stage}/POST/@connections/*` }]],
    ]);
  });

  test("the WebSocket function can use the same models, guardrail and tracing as the URL's function", () => {
    const shared = sharedStatements(template);
    expect(shared.length).toBeGreaterThan(4);
    expect(sharedStatements(template, "WebSocketRole")).toEqual(shared);
    expect(JSON.stringify(roleStatements(template))).not.toMatch(/execute-api|webSocket/);
  });

  function subOwn(service: string, resource: string) {
    return { "Fn::Sub": `arn:\${AWS::Partition}:${service}:${owner}:${resource}` };
  }
});

describe("the API", () => {
  test("the WebSocket API authorizes connections with IAM, and has only the routes $connect and $default", () => {
    const routes = ofType(template, "AWS::ApiGatewayV2::Route").map(([, properties]) => properties);
    expect(routes.map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType])).toEqual([
      ["$connect", "AWS_IAM"],
      ["$default", "NONE"],
    ]);
  });

  test("the WebSocket API throttles messages at the stage, and deploys changes automatically", () => {
    expect(propertiesOf(template, "WebSocketStage")).toMatchObject({
      StageName: "v1",
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
    });
  });

  test("only the WebSocket API is allowed to invoke the function behind it", () => {
    expect(ofType(template, "AWS::Lambda::Permission").map(([, properties]) => properties)).toEqual([
      {
        FunctionName: { "Fn::GetAtt": ["WebSocketLambdaFunction", "Arn"] },
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
        SourceArn: { "Fn::Sub": `${stage}/*` },
      },
    ]);
  });

  test("the WebSocket API accepts connections from callers with the callers' policy", () => {
    const connect = {
      Effect: "Allow",
      Action: ["execute-api:Invoke"],
      Resource: [{ "Fn::Sub": `${stage}/$connect` }],
    };
    expect(callerStatements(template)).toEqual([...callerStatements(plain), connect]);
  });
});

describe("the operator", () => {
  test("the outputs contain the address and a wscat command", () => {
    const { WebSocketUrl, Wscat, ...others } = template.Outputs;
    expect(others).toEqual(plain.Outputs);
    const address = "wss://${WebSocketApi}." + url;
    expect(WebSocketUrl?.Value).toEqual({ "Fn::Sub": address });
    expect(Wscat?.Value).toEqual({
      "Fn::Sub": `npx wscat --connect "$(npm run --silent sign -- --url ${address})"`,
    });
  });

  test("the alarms for failures and throttling cover both functions", () => {
    expect(lambdaMetrics(template, "ErrorAlarm")).toEqual([
      "Errors ConverseLambdaFunction",
      "Errors WebSocketLambdaFunction",
      "AsyncEventsDropped WebSocketLambdaFunction",
    ]);
    expect(lambdaMetrics(template, "ThrottleAlarm")).toEqual([
      "Throttles ConverseLambdaFunction",
      "Throttles WebSocketLambdaFunction",
    ]);
  });

  test.each(["ErrorAlarm", "ThrottleAlarm"])("the expressions of the %s use all of its metrics", (id) => {
    const { used, defined } = metricIds(template, id);
    expect(used).toEqual(defined);
  });

  test("the dashboard shows connections, messages and lost questions", () => {
    const body = JSON.stringify(propertiesOf(template, "Dashboard")["DashboardBody"]);
    for (const part of ["ConnectCount", "MessageCount", "AsyncEventsDropped", "${WebSocketLambdaFunction}"])
      expect(body).toContain(part);
    expect(body).toContain(String.raw`\"Operation\",\"WebSocket\"`);
    expect(body).not.toContain(String.raw`\"Operation\",\"AppSync\"`);
  });
});

test.each([
  ["webSocket=yes", `"webSocket" is "yes"; set it to one of true, false`],
  ["webSocketRate=0", `"webSocketRate" is "0"; set it to a whole number from 1 to 10000`],
  [
    "pushIntervalMs=soon",
    `"pushIntervalMs" is "soon"; set it to a whole number of milliseconds from 0 to 10000`,
  ],
])("%s is rejected", async (parameter, problem) => {
  expect(await problemsOf({ parameters: ["models=a=vendor.a-v1:0", parameter] })).toEqual([
    `Cannot package: parameter ${problem}`,
  ]);
});
