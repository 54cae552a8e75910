// A function that sends answers in messages, and its role. The WebSocket API and the GraphQL API each have such a function.
const { answerTableStatements, answerTableVariable } = require("./answer-table.cjs");
const { guardrailStatements, guardrailVariable } = require("./guardrail-statements.cjs");
const { modelStatements, toolStatements } = require("./model-statements.cjs");
const { messageEnvironment } = require("./variables.cjs");

/** `role` is the name of the role's resource. `variables` are those that the function behind the URL does not have. */
function pushFunction(parameters, { name, handler, description, role, variables }) {
  const { memorySize, timeout, logRetentionDays, reservedConcurrency, xray } = parameters;
  return {
    handler,
    name: nameOf(name),
    description,
    // If this were not `Fn::Sub`, osls would add a dependency that cfn-lint reports as redundant.
    role: sub(`\${${role}.Arn}`),
    memorySize,
    timeout,
    logRetentionInDays: logRetentionDays,
    ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    tracing: xray,
    // A second attempt could produce a second answer, which is billed too. After a minute, nobody waits for the answer any more.
    maximumRetryAttempts: 0,
    maximumEventAge: 60,
    environment: {
      ...messageEnvironment(parameters),
      ...guardrailVariable(parameters),
      ...answerTableVariable(parameters),
      ...variables,
    },
  };
}

/** The role allows `statements` in addition to what every function needs: its log, the models, and what the settings require. */
function pushRole(parameters, { name, description, policyName, statements }) {
  const logStreams = sub(
    `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${nameOf(name)}:*`,
  );
  return role("lambda", description, policyName, [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], logStreams),
    ...statements,
    ...modelStatements(parameters),
    ...toolStatements(parameters),
    ...guardrailStatements(parameters),
    ...answerTableStatements(parameters),
    // These actions can only be allowed for all resources:
    // https://docs.aws.amazon.com/xray/latest/devguide/security_iam_service-with-iam.html
    ...(parameters.xray ? [allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")] : []),
  ]);
}

/** A role that an AWS service can assume. `condition` limits for which accounts it may do so. */
function role(service, description, policyName, statements, condition) {
  const trust = {
    Effect: "Allow",
    Principal: { Service: `${service}.amazonaws.com` },
    Action: "sts:AssumeRole",
    ...(condition && { Condition: condition }),
  };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      Description: sub(description),
      AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [trust] },
      Policies: [
        { PolicyName: policyName, PolicyDocument: { Version: "2012-10-17", Statement: statements } },
      ],
    },
  };
}

/** The role uses the name instead of the function's attributes, because the function depends on the role. */
function nameOf(name) {
  return `\${self:service}-\${sls:stage}-${name}`;
}

function allow(Action, resource) {
  return { Effect: "Allow", Action, Resource: [resource] };
}

function sub(text) {
  return { "Fn::Sub": text };
}

module.exports = { pushFunction, pushRole, role, nameOf, allow, sub };
