// WebSocket API of the parameter webSocket, as a second way to the same answers: function, role, routes and stage.
//
// In plain CloudFormation, because the events of osls would let the function post to the connections of every API, and do
// not know IAM callers. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
const { guardrailStatements, guardrailVariable } = require("./guardrail-statements.cjs");
const { modelStatements, toolStatements } = require("./model-statements.cjs");
const { webSocketEnvironment } = require("./variables.cjs");

/** It is a part of the address, and of the ARNs below. */
const stage = "v1";
// The function's attributes cannot be used in its own role: that would be a cycle.
const functionName = "${self:service}-${sls:stage}-webSocket";
const api = "${AWS::Region}:${AWS::AccountId}:${WebSocketApi}";
/** Of `$default`, which takes every message. */
const bodyAction = "$request.body.action";

/** For the list of functions in serverless.yml, which is merged into one. */
function webSocketFunction(parameters) {
  const { webSocket, memorySize, timeout, logRetentionDays, reservedConcurrency, xray } = parameters;
  if (!webSocket) return {};
  return {
    webSocket: {
      handler: "handlers/websocket.handler",
      name: functionName,
      description: "Streams Amazon Bedrock's ConverseStream in messages on WebSocket connections",
      // osls would add a dependency for any other form, which cfn-lint reports as superfluous.
      role: sub("${WebSocketRole.Arn}"),
      memorySize,
      timeout,
      logRetentionInDays: logRetentionDays,
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
      tracing: xray,
      // A second attempt would be a second answer to pay for, and nobody waits for a question that is a minute old.
      maximumRetryAttempts: 0,
      maximumEventAge: 60,
      environment: {
        ...webSocketEnvironment(parameters),
        ...guardrailVariable(parameters),
        DELTAPIPE_WEBSOCKET_ENDPOINT: sub(
          `https://\${WebSocketApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/${stage}`,
        ),
      },
    },
  };
}

function webSocketResources(parameters) {
  if (!parameters.webSocket) return {};
  return {
    WebSocketApi: resource("Api", {
      Name: "${self:service}-${sls:stage}",
      Description: sub("Connections to ${AWS::StackName}"),
      ProtocolType: "WEBSOCKET",
      RouteSelectionExpression: bodyAction,
    }),
    WebSocketIntegration: resource("Integration", {
      ...ofApi,
      IntegrationType: "AWS_PROXY",
      IntegrationUri: sub(
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${WebSocketLambdaFunction.Arn}/invocations",
      ),
    }),
    // Whoever may connect may ask: API Gateway authorizes connections, not messages.
    WebSocketConnectRoute: route("$connect", "AWS_IAM"),
    WebSocketDefaultRoute: route("$default", "NONE"),
    WebSocketStage: resource("Stage", {
      ...ofApi,
      StageName: stage,
      AutoDeploy: true,
      DefaultRouteSettings: {
        ThrottlingRateLimit: parameters.webSocketRate,
        ThrottlingBurstLimit: parameters.webSocketRate * 2,
      },
    }),
    WebSocketPermission: {
      Type: "AWS::Lambda::Permission",
      Properties: {
        FunctionName: { "Fn::GetAtt": ["WebSocketLambdaFunction", "Arn"] },
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
        SourceArn: executeApi("*"),
      },
    },
    WebSocketRole: role(parameters),
  };
}

/** The permission of callers. Unlike a Function URL, a WebSocket API has no policy that lets other accounts call. */
function connectStatements({ webSocket }) {
  if (!webSocket) return [];
  return [{ Effect: "Allow", Action: ["execute-api:Invoke"], Resource: [executeApi("$connect")] }];
}

function role(parameters) {
  const self = sub(
    `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName}`,
  );
  const logStreams = sub(
    `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${functionName}:*`,
  );
  const statements = [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], logStreams),
    allow(["lambda:InvokeFunction"], self),
    allow(["execute-api:ManageConnections"], executeApi("POST/@connections/*")),
    ...modelStatements(parameters),
    ...toolStatements(parameters),
    ...guardrailStatements(parameters),
    // https://docs.aws.amazon.com/xray/latest/devguide/security_iam_service-with-iam.html: these have no resources.
    ...(parameters.xray ? [allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")] : []),
  ];
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      Description: sub("The function behind the connections of ${AWS::StackName}"),
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      },
      Policies: [
        { PolicyName: "web-socket", PolicyDocument: { Version: "2012-10-17", Statement: statements } },
      ],
    },
  };
}

const ofApi = { ApiId: { Ref: "WebSocketApi" } };

function route(RouteKey, AuthorizationType) {
  const Target = sub("integrations/${WebSocketIntegration}");
  return resource("Route", { ...ofApi, RouteKey, AuthorizationType, Target });
}

function resource(kind, Properties) {
  return { Type: `AWS::ApiGatewayV2::${kind}`, Properties };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html */
function executeApi(rest) {
  return sub(`arn:\${AWS::Partition}:execute-api:${api}/${stage}/${rest}`);
}

function allow(Action, resource) {
  return { Effect: "Allow", Action, Resource: [resource] };
}

function sub(text) {
  return { "Fn::Sub": text };
}

module.exports = { webSocketFunction, webSocketResources, connectStatements };
