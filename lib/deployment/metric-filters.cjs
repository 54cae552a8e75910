// Metric filters: CloudWatch Logs uses them to make metrics from the log records of all functions.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
const { require: requireTypeScript } = require("tsx/cjs/api");
const { keepsAnswers } = require("./answer-table.cjs");

const { errorNamesOf } = requireTypeScript("../stream/converse-error.ts", __filename);

const namespace = { "Fn::Sub": "Deltapipe/${AWS::StackName}" };

const throttles = errorNamesOf("limit");

const isRequest = '$.message.record = "request"';
// A field can be a metric's value or dimension only if the filter's pattern contains it.
const hasModel = '$.message.model = "*"';
const hasNoModel = "$.message.model NOT EXISTS";
const hasOperation = '$.message.operation = "*"';
const failed = '$.message.outcome != "end"';
/** Callers' errors that exist only for answers in messages. */
const ofMessages = ["CallerGone", "NotSupported"];
/** Callers' errors that exist only if the service keeps answers. */
const ofAnswerStore = ["Cancelled", "AnswerNotFound", "IdempotentParameterMismatch"];
const callers = errorNamesOf("caller").filter((name) => ![...ofMessages, ...ofAnswerStore].includes(name));
const throttled = throttles.map((name) => `$.message.outcome = "${name}"`).join(" || ");

const model = { Model: "$.message.model" };
const error = { Error: "$.message.outcome" };
const operation = { Operation: "$.message.operation" };

/** For each function: the prefix of its filters' names, its log group, and the callers' errors that exist only for messages. */
const functionUrl = { prefix: "", logGroup: "ConverseLogGroup", callersErrors: [] };
const webSocketApi = { prefix: "WebSocket", logGroup: "WebSocketLogGroup", callersErrors: ofMessages };
const graphqlApi = { prefix: "AppSync", logGroup: "AppSyncLogGroup", callersErrors: ofMessages };

/** Metrics whose value is a field of the record, by model. `total` adds the same metric for all models, for an alarm. */
const values = {
  FirstDelta: { field: "firstDeltaMs", unit: "Milliseconds", total: true },
  Total: { field: "totalMs", unit: "Milliseconds", total: false },
  InputTokens: { field: "inputTokens", unit: "Count", total: false },
  OutputTokens: { field: "outputTokens", unit: "Count", total: true },
};

/** The filters of all functions. The functions share one set of metrics. */
function metricFilters(parameters) {
  const { webSocket, appSync } = parameters;
  const functions = [functionUrl, ...(webSocket ? [webSocketApi] : []), ...(appSync ? [graphqlApi] : [])];
  const hasAnswerStore = keepsAnswers(parameters);
  return Object.assign({}, ...functions.map((each) => filtersFor(each, hasAnswerStore)));
}

function filtersFor({ prefix, logGroup, callersErrors }, hasAnswerStore) {
  const filters = {
    ...totalFilters([...callersErrors, ...(hasAnswerStore ? ofAnswerStore : [])]),
    ...errorFilters(),
    ...valueFilters(),
    ...(hasAnswerStore && answerStoreFilters()),
  };
  const entries = Object.entries(filters).map(([name, { Properties, ...rest }]) => [
    `${prefix}${name}`,
    { ...rest, Properties: { LogGroupName: { Ref: logGroup }, ...Properties } },
  ]);
  return Object.fromEntries(entries);
}

/**
 * Metrics without dimensions, for alarms, and `Requests` by model and by operation. For a metric without dimensions, CloudWatch
 * reports the default value 0 in each minute in which records came but none matched.
 */
function totalFilters(callersErrors) {
  const isFailure = ["end", ...callers, ...callersErrors, ...throttles].map(
    (name) => `$.message.outcome != "${name}"`,
  );
  const totals = {
    Requests: [isRequest],
    Failures: [isRequest, ...isFailure],
    Throttles: [isRequest, `(${throttled})`],
  };
  const filters = {};
  for (const [name, conditions] of Object.entries(totals)) {
    filters[`${name}Metric`] = filter(conditions, { ...count(name), DefaultValue: 0 });
  }
  const requests = count("Requests");
  filters.RequestsByModelMetric = filter([isRequest, hasModel], { ...requests, dimensions: model });
  filters.RequestsByOperationMetric = filter([isRequest, hasOperation], {
    ...requests,
    dimensions: operation,
  });
  return filters;
}

/** Errors by name and model, or by name alone if the request failed before its model was known. */
function errorFilters() {
  const both = { ...error, ...model };
  return {
    ErrorsByModelMetric: filter([isRequest, failed, hasModel], { ...count("Errors"), dimensions: both }),
    ErrorsMetric: filter([isRequest, failed, hasNoModel], { ...count("Errors"), dimensions: error }),
  };
}

/** Answers that streamed but could not be recorded, and requests that failed because the table could not be used. */
function answerStoreFilters() {
  const condition = '$.message.recording = "failed" || $.message.outcome = "AnswerStoreUnavailable"';
  const name = "AnswerStoreFailures";
  return { [`${name}Metric`]: filter([condition], { ...count(name), DefaultValue: 0 }) };
}

function valueFilters() {
  const filters = {};
  for (const [name, { field, unit, total }] of Object.entries(values)) {
    const metric = { MetricName: name, MetricValue: `$.message.${field}`, Unit: unit };
    const conditions = [isRequest, `$.message.${field} >= 0`];
    filters[`${name}ByModelMetric`] = filter([...conditions, hasModel], { ...metric, dimensions: model });
    if (total) filters[`${name}Metric`] = filter(conditions, metric);
  }
  return filters;
}

function count(MetricName) {
  return { MetricName, MetricValue: "1", Unit: "Count" };
}

function filter(conditions, { dimensions = {}, ...metric }) {
  const Dimensions = Object.entries(dimensions).map(([Key, Value]) => ({ Key, Value }));
  const transformation = {
    MetricNamespace: namespace,
    ...metric,
    ...(Dimensions.length > 0 && { Dimensions }),
  };
  return {
    Type: "AWS::Logs::MetricFilter",
    Properties: {
      FilterPattern: `{ ${conditions.join(" && ")} }`,
      MetricTransformations: [transformation],
    },
  };
}

module.exports = { namespace, metricFilters };
