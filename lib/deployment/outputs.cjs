// Outputs of the stack for the person who deployed it. osls adds the URL.

/** Without a session token, the shell expands this to nothing, so curl sends no header. "${!" is "${" in Fn::Sub. */
const token = '${!AWS_SESSION_TOKEN:+-H"x-amz-security-token: $AWS_SESSION_TOKEN"}';
const curl =
  'curl --aws-sigv4 "aws:amz:${AWS::Region}:lambda" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" ' +
  `${token} --no-buffer --data '{"prompt":"Why is the sky blue?"}' \${ConverseLambdaFunctionUrl.FunctionUrl}`;

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
      Description: "A first answer, with the credentials in the environment",
      Value: sub(curl),
    },
  };
}

function sub(text) {
  return { "Fn::Sub": text };
}

module.exports = { outputs };
