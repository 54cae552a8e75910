// Permissions of callers: a policy for this account's users and roles, and resource permissions for other accounts.
//
// A Function URL requires permission for two actions, lambda:InvokeFunctionUrl and lambda:InvokeFunction. The second one is
// allowed only through the URL, so callers cannot invoke the function directly.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
const { createHash } = require("node:crypto");

const { subscribeStatements } = require("./app-sync.cjs");
const { connectStatements } = require("./web-socket.cjs");

const functionArn = { "Fn::GetAtt": ["ConverseLambdaFunction", "Arn"] };

function isPrincipal(text) {
  return /^(\d{12}|arn:aws[\w-]*:iam::\d{12}:role\/[\w+=.@/-]+)$/.test(text);
}

/** A managed policy to attach to users, groups and roles of the service's own account. */
function callerPolicy(parameters) {
  const policy = {
    Type: "AWS::IAM::ManagedPolicy",
    Properties: {
      Description: { "Fn::Sub": "May call the Function URL of ${AWS::StackName} in ${AWS::Region}" },
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: ["lambda:InvokeFunctionUrl"],
            Resource: [functionArn],
            Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
          },
          {
            Effect: "Allow",
            Action: ["lambda:InvokeFunction"],
            Resource: [functionArn],
            Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
          },
          ...connectStatements(parameters),
          ...subscribeStatements(parameters),
        ],
      },
    },
  };
  return { CallerPolicy: policy };
}

/** A caller in another account also needs a policy there that allows the same two actions. */
function callerPermissions({ callers }) {
  return Object.assign({}, ...callers.map(permissionsFor));
}

function permissionsFor(principal) {
  // Derived from the principal, not from its index: removing one caller must not rename the resources of the others.
  const id = `Caller${createHash("sha256").update(principal).digest("hex").slice(0, 12)}`;
  const permission = (Action, condition) => ({
    Type: "AWS::Lambda::Permission",
    Properties: { FunctionName: functionArn, Principal: principal, Action, ...condition },
  });
  return {
    [`${id}Url`]: permission("lambda:InvokeFunctionUrl", { FunctionUrlAuthType: "AWS_IAM" }),
    [`${id}Invoke`]: permission("lambda:InvokeFunction", { InvokedViaFunctionUrl: true }),
  };
}

module.exports = { isPrincipal, callerPolicy, callerPermissions };
