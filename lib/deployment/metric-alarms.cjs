// CloudWatch alarms for failures, throttling, slow answers and spending. Without requests, none of them goes off.
const { keepsAnswers } = require("./answer-table.cjs");
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
 * An answer that is sent in messages or resumed can take more than one invocation. The percentage is therefore one of requests
 * (logged, crashed or dropped), not of invocations. Lambda counts a question as dropped if it waited too long in the queue of
 * asynchronous invocations, and also if its invocation crashed.
 */
function errorsWith(functions) {
  const lost = functions.map(({ id }) => `${id}Lost`);
  const all = (first) => `SUM([${[first, "FILL(crashes, 0)", ...lost].join(", ")}])`;
  return [
    expression(`100 * ${all("FILL(failures, 0)")} / ${all("FILL(requests, 0)")}`),
    ownSum("failures", "Failures"),
    ownSum("requests", "Requests"),
    lambdaSum("crashes", "Errors"),
    ...functions.flatMap(({ id, lambdaFunction }) => [
      {
        Id: `${id}Lost`,
        Expression: `MAX([FILL(${id}Crashes, 0), FILL(${id}Dropped, 0)])`,
        ReturnData: false,
      },
      lambdaSum(`${id}Crashes`, "Errors", lambdaFunction),
      lambdaSum(`${id}Dropped`, "AsyncEventsDropped", lambdaFunction),
    ]),
  ];
}

function throttlesWith(functions) {
  const throttles = ["bedrock", "lambda", ...functions.map(({ id }) => id)].map((id) => `FILL(${id}, 0)`);
  return [
    expression(`SUM([${throttles.join(", ")}])`),
    ownSum("bedrock", "Throttles"),
    lambdaSum("lambda", "Throttles"),
    ...functions.map(({ id, lambdaFunction }) => lambdaSum(id, "Throttles", lambdaFunction)),
  ];
}

/** The functions that send answers in messages. */
function messageFunctions({ webSocket, appSync }) {
  return [
    ...(webSocket ? [{ id: "webSocket", lambdaFunction: "WebSocketLambdaFunction" }] : []),
    ...(appSync ? [{ id: "appSync", lambdaFunction: "AppSyncLambdaFunction" }] : []),
  ];
}

/** The alarms by the parameter that sets their threshold. If the parameter is "none", the template lacks the alarm. */
const definitionsFor = ({ functions, hasAnswerStore }) => ({
  alarmErrorPercent: {
    id: "ErrorAlarm",
    description: "Too many requests fail, and not because of the caller",
    ...twoOfThree(),
    Metrics: functions.length > 0 || hasAnswerStore ? errorsWith(functions) : errorsOfUrl,
  },
  alarmThrottles: {
    id: "ThrottleAlarm",
    description: "Bedrock or Lambda throttles requests",
    EvaluationPeriods: 1,
    Metrics: throttlesWith(functions),
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
    ...sumIn(hour, "OutputTokens"),
  },
  ...(hasAnswerStore && {
    alarmAnswerStore: {
      id: "AnswerStoreAlarm",
      description: "Answers stream, but cannot be kept or resumed",
      ...sumIn(fiveMinutes, "AnswerStoreFailures"),
    },
  }),
});

function alarms(parameters) {
  const service = { functions: messageFunctions(parameters), hasAnswerStore: keepsAnswers(parameters) };
  const resources = {};
  for (const [parameter, definition] of Object.entries(definitionsFor(service))) {
    const { id, description, ...properties } = definition;
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

/** Two of three periods have to reach the threshold, so that one failed request in a quiet hour wakes nobody up. */
function twoOfThree() {
  return { EvaluationPeriods: 3, DatapointsToAlarm: 2 };
}

function sumIn(Period, MetricName) {
  return { EvaluationPeriods: 1, Namespace: namespace, MetricName, Statistic: "Sum", Period };
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
