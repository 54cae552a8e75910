// CloudWatch alarms for failures, throttling, slow answers and spending. Without requests, none of them goes off.
const { namespace } = require("./metric-filters.cjs");

const fiveMinutes = 300;
const hour = 3600;

// Crashes and timeouts leave no log record, so they are taken from Lambda's own metric.
const errorsOfUrl = [
  expression("100 * SUM([FILL(failures, 0), FILL(crashes, 0)]) / invocations"),
  ownSum("failures", "Failures"),
  lambdaSum("crashes", "Errors"),
  lambdaSum("invocations", "Invocations"),
];

/**
 * A question on a connection takes two invocations, so requests are counted by their log records instead of invocations. Lambda
 * counts a question as dropped if it waited too long in the queue between the two, and also if the second invocation crashed.
 */
const errorsOfBoth = [
  expression(
    "100 * SUM([FILL(failures, 0), FILL(crashes, 0), lost]) / SUM([FILL(requests, 0), FILL(crashes, 0), lost])",
  ),
  { Id: "lost", Expression: "MAX([FILL(pushCrashes, 0), FILL(dropped, 0)])", ReturnData: false },
  ownSum("failures", "Failures"),
  ownSum("requests", "Requests"),
  lambdaSum("crashes", "Errors"),
  lambdaSum("pushCrashes", "Errors", "WebSocketLambdaFunction"),
  lambdaSum("dropped", "AsyncEventsDropped", "WebSocketLambdaFunction"),
];

const throttlesOfUrl = [
  expression("SUM([FILL(bedrock, 0), FILL(lambda, 0)])"),
  ownSum("bedrock", "Throttles"),
  lambdaSum("lambda", "Throttles"),
];

const throttlesOfBoth = [
  expression("SUM([FILL(bedrock, 0), FILL(lambda, 0), FILL(push, 0)])"),
  ...throttlesOfUrl.slice(1),
  lambdaSum("push", "Throttles", "WebSocketLambdaFunction"),
];

/** The alarms by the parameter that sets their threshold. If the parameter is "none", the template lacks the alarm. */
const definitionsFor = (webSocket) => ({
  alarmErrorPercent: {
    id: "ErrorAlarm",
    description: "Too many requests fail, and not because of the caller",
    ...twoOfThree(),
    Metrics: webSocket ? errorsOfBoth : errorsOfUrl,
  },
  alarmThrottles: {
    id: "ThrottleAlarm",
    description: "Bedrock or Lambda throttles requests",
    EvaluationPeriods: 1,
    Metrics: webSocket ? throttlesOfBoth : throttlesOfUrl,
  },
  alarmFirstDeltaMs: {
    id: "FirstDeltaAlarm",
    description: "Answers begin late",
    ...twoOfThree(),
    Namespace: namespace,
    MetricName: "FirstDelta",
    ExtendedStatistic: "p90",
    Period: fiveMinutes,
  },
  alarmOutputTokens: {
    id: "OutputTokenAlarm",
    description: "More output tokens in an hour than expected: they are most of the cost",
    EvaluationPeriods: 1,
    Namespace: namespace,
    MetricName: "OutputTokens",
    Statistic: "Sum",
    Period: hour,
  },
});

function alarms(parameters) {
  const resources = {};
  for (const [parameter, { id, description, ...properties }] of Object.entries(
    definitionsFor(parameters.webSocket),
  )) {
    const threshold = parameters[parameter];
    if (threshold !== undefined) resources[id] = alarm(description, threshold, { properties, ...parameters });
  }
  return resources;
}

function alarm(description, threshold, { properties, alarmTopic }) {
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      AlarmDescription: { "Fn::Sub": `\${AWS::StackName}: ${description}` },
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Threshold: threshold,
      TreatMissingData: "notBreaching",
      ...properties,
      ...(alarmTopic && { AlarmActions: [alarmTopic], OKActions: [alarmTopic] }),
    },
  };
}

/** Two of three periods have to exceed the threshold, so that one failed request in a quiet hour wakes nobody up. */
function twoOfThree() {
  return { EvaluationPeriods: 3, DatapointsToAlarm: 2 };
}

function expression(Expression) {
  return { Id: "result", Expression, ReturnData: true };
}

function ownSum(id, MetricName) {
  return sum(id, { Namespace: namespace, MetricName });
}

function lambdaSum(id, MetricName, lambdaFunction = "ConverseLambdaFunction") {
  const Dimensions = [{ Name: "FunctionName", Value: { Ref: lambdaFunction } }];
  return sum(id, { Namespace: "AWS/Lambda", MetricName, Dimensions });
}

function sum(Id, Metric) {
  return { Id, MetricStat: { Metric, Period: fiveMinutes, Stat: "Sum" }, ReturnData: false };
}

module.exports = { alarms };
