// The WebSocket API that the parameter webSocket adds: function, role, routes and stage.
//
// It is written in plain CloudFormation, because the websocket events of osls would let the function post to the connections of
// every API, and cannot authorize connections with IAM.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
const { allow, nameOf, pushFunction, pushRole, sub } = require("./push-function.cjs");

/** The stage's name is a part of the address and of the ARNs below. */
const stage = "v1";
const name = "webSocket";
const api = "${AWS::Region}:${AWS::AccountId}:${WebSocketApi}";
/** CloudFormation requires this expression. It has no effect, because `$default` is the only route for messages. */
const bodyAction = "$request.body.action";

/** An entry for the list of functions in serverless.yml, empty without a WebSocket API. osls merges the list into one section. */
function webSocketFunction(parameters) {
  if (!parameters.webSocket) return {};
  return {
    [name]: pushFunction(parameters, {
      name,
      handler: "handlers/websocket.handler",
      description: "Streams Amazon Bedrock's ConverseStream in messages on WebSocket connections",
      role: "WebSocketRole",
      variables: {
        DELTAPIPE_WEBSOCKET_ENDPOINT: sub(
          `https://\${WebSocketApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/${stage}`,
        ),
      },
    }),
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
    // API Gateway authorizes connections, not messages: every caller that is connected may send questions.
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
    WebSocketRole: webSocketRole(parameters),
  };
}

/** The permission to connect, for the callers' policy. A WebSocket API has no resource policy that could allow other accounts. */
function connectStatements({ webSocket }) {
  if (!webSocket) return [];
  return [{ Effect: "Allow", Action: ["execute-api:Invoke"], Resource: [executeApi("$connect")] }];
}

function webSocketRole(parameters) {
  const self = sub(
    `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${nameOf(name)}`,
  );
  return pushRole(parameters, {
    name,
    description: "The function behind the connections of ${AWS::StackName}",
    policyName: "web-socket",
    statements: [
      allow(["lambda:InvokeFunction"], self),
      allow(["execute-api:ManageConnections"], executeApi("POST/@connections/*")),
    ],
  });
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

module.exports = { webSocketFunction, webSocketResources, connectStatements };
