// The DynamoDB table that the parameter answerRetentionMinutes adds. It keeps answers, so that callers can resume them.
//
// lib/answer-store/ writes and reads the items.

/** The functions need only these actions to record answers and hand them out. DynamoDB itself deletes what has expired. */
const actions = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem", "dynamodb:Query"];

/** Whether the service keeps answers, so that callers can resume them. */
function keepsAnswers({ ofFunction }) {
  return ofFunction.answerRetentionMinutes !== "none";
}

/**
 * The table has no name of its own, so that CloudFormation can replace it. A key that AWS owns encrypts it, which costs nothing:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
 */
function answerTable(parameters) {
  if (!keepsAnswers(parameters)) return {};
  return {
    AnswerTable: {
      Type: "AWS::DynamoDB::Table",
      // Answers are needed only for minutes. They must not outlive the service, nor stay if the parameter is set to none again.
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Delete",
      Properties: {
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "answer", AttributeType: "S" },
          { AttributeName: "part", AttributeType: "S" },
        ],
        KeySchema: [
          { AttributeName: "answer", KeyType: "HASH" },
          { AttributeName: "part", KeyType: "RANGE" },
        ],
        TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
      },
    },
  };
}

/** The permission to use the table, for the role of each function. */
function answerTableStatements(parameters) {
  if (!keepsAnswers(parameters)) return [];
  return [{ Effect: "Allow", Action: actions, Resource: [{ "Fn::GetAtt": ["AnswerTable", "Arn"] }] }];
}

/** The variable that names the table, for each function. */
function answerTableVariable(parameters) {
  return keepsAnswers(parameters) ? { DELTAPIPE_ANSWER_TABLE: { Ref: "AnswerTable" } } : {};
}

module.exports = { keepsAnswers, answerTable, answerTableStatements, answerTableVariable };
