// Outputs of the stack for the person who deployed it. osls adds the URL.

/** Expands to a header option only if AWS_SESSION_TOKEN is set. Fn::Sub needs `${!` for a literal `${`. */
const token = '${!AWS_SESSION_TOKEN:+-H"x-amz-security-token: $AWS_SESSION_TOKEN"}';
const curl =
  'curl --aws-sigv4 "aws:amz:${AWS::Region}:lambda" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" ' +
  `${token} --no-buffer --data '{"prompt":"Why is the sky blue?"}' \${ConverseLambdaFunctionUrl.FunctionUrl}`;

const webSocketUrl = "wss://${WebSocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/v1";

function outputs({ webSocket, appSync, appSyncApiKey }) {
  return {
    CallerPolicyArn: {
      Description:
        "Attach this policy to the users, groups and roles that should be allowed to call the service",
      Value: { Ref: "CallerPolicy" },
    },
    DashboardAddress: {
      Description: "Requests, errors, times and tokens",
      Value: sub(
        "https://${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#dashboards/dashboard/${Dashboard}",
      ),
    },
    Curl: {
      Description: "curl command for a first request; uses the AWS credentials in your environment variables",
      Value: sub(curl),
    },
    ...(webSocket && webSocketOutputs()),
    ...(appSync && appSyncOutputs(appSyncApiKey)),
  };
}

function webSocketOutputs() {
  return {
    WebSocketUrl: {
      Description: "Address of the WebSocket API; the handshake has to be signed",
      Value: sub(webSocketUrl),
    },
    Wscat: {
      Description:
        "wscat command for a first connection; uses the AWS credentials in your environment variables. Then send a message, as lib/push/README.md shows",
      Value: sub(`npx wscat --connect "$(npm run --silent sign -- --url ${webSocketUrl})"`),
    },
  };
}

/** The API key itself is not an output, because each deployment prints the outputs, even on a build server. */
function appSyncOutputs(hasKey) {
  return {
    AppSyncUrl: {
      Description: "Address of the GraphQL API, for queries and mutations",
      Value: { "Fn::GetAtt": ["AppSyncApi", "GraphQLUrl"] },
    },
    AppSyncRealtimeUrl: {
      Description: "Address of the GraphQL API, for subscriptions",
      Value: { "Fn::GetAtt": ["AppSyncApi", "RealtimeUrl"] },
    },
    ...(hasKey && {
      AppSyncApiKey: {
        Description: "Command that shows the API key, which is valid for a year from the last deployment",
        Value: sub(
          "aws appsync list-api-keys --region ${AWS::Region} --api-id ${AppSyncApi.ApiId} --query 'apiKeys[].id' --output text",
        ),
      },
    }),
  };
}

function sub(text) {
  return { "Fn::Sub": text };
}

module.exports = { outputs };
