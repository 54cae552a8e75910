// What whoever deployed it needs next; osls itself adds the URL.

function outputs() {
  return {
    CallerPolicyArn: {
      Description: "Attach it to the users, groups and roles of this account that may call",
      Value: { Ref: "CallerPolicy" },
    },
    DashboardAddress: {
      Description: "Requests, errors, times and tokens",
      Value: sub(
        "https://${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#dashboards/dashboard/${Dashboard}",
      ),
    },
    Curl: {
      Description: "A first answer; curl leaves the token's header out where there is no token",
      Value: sub(
        'curl --aws-sigv4 "aws:amz:${AWS::Region}:lambda" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" ' +
          '--header "x-amz-security-token: $AWS_SESSION_TOKEN" --no-buffer ' +
          `--data '{"prompt":"Why is the sky blue?"}' \${ConverseLambdaFunctionUrl.FunctionUrl}`,
      ),
    },
  };
}

function sub(text) {
  return { "Fn::Sub": text };
}

module.exports = { outputs };
