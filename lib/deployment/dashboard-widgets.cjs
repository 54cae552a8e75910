// The form of the dashboard's widgets, and the widgets of the parts that a parameter adds, such as the WebSocket API.
const { keepsAnswers } = require("./answer-table.cjs");
const { namespace } = require("./metric-filters.cjs");

const fiveMinutes = 300;

/** The widgets of the WebSocket API, of the GraphQL API and of the answer store, if the service has them. */
function optionalWidgets(parameters) {
  return [
    ...(parameters.webSocket ? webSocketWidgets() : []),
    ...(parameters.appSync ? appSyncWidgets() : []),
    ...(keepsAnswers(parameters) ? answerStoreWidgets() : []),
  ];
}

/**
 * Widgets for the WebSocket API alone. The common widgets count the requests of all functions, but their Lambda metrics are those
 * of the function behind the URL.
 */
function webSocketWidgets() {
  const push = (name, stat) => lambda(name, stat, "WebSocketLambdaFunction");
  return [
    widget("WebSocket: connections and messages", [
      api("ConnectCount"),
      api("MessageCount"),
      api("ExecutionError"),
    ]),
    widget("WebSocket: concurrent answers, throttled", [
      push("ConcurrentExecutions", "Maximum"),
      push("Throttles"),
    ]),
    widget("WebSocket: crashes, timeouts, lost questions", [push("Errors"), push("AsyncEventsDropped")]),
  ];
}

function appSyncWidgets() {
  const push = (name, stat) => lambda(name, stat, "AppSyncLambdaFunction");
  return [
    widget("AppSync: connections, subscriptions, messages", [
      graphql("ActiveConnections"),
      graphql("ActiveSubscriptions"),
      graphql("PublishDataMessageSuccess"),
    ]),
    widget("AppSync: errors, and tokens of the request quota", [
      graphql("4XXError"),
      graphql("5XXError"),
      graphql("TokensConsumed"),
    ]),
    widget("AppSync: concurrent answers, throttled, crashed, lost", [
      push("ConcurrentExecutions", "Maximum"),
      push("Throttles"),
      push("Errors"),
      push("AsyncEventsDropped"),
    ]),
  ];
}

/** The widgets include the request units, because AWS bills them. */
function answerStoreWidgets() {
  return [
    widget("Answer store: failures, throttled by DynamoDB", [
      [namespace["Fn::Sub"], "AnswerStoreFailures", { label: "Failures", stat: "Sum" }],
      table("WriteThrottleEvents"),
      table("ReadThrottleEvents"),
    ]),
    widget("Answer store: request units", [
      table("ConsumedWriteCapacityUnits"),
      table("ConsumedReadCapacityUnits"),
    ]),
    widget("Answer store: latency, ms", [latency("PutItem"), latency("Query")]),
  ];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html */
function table(name) {
  return ["AWS/DynamoDB", name, "TableName", "${AnswerTable}", { label: name, stat: "Sum" }];
}

function latency(operation) {
  const dimensions = ["TableName", "${AnswerTable}", "Operation", operation];
  const label = `${operation} average`;
  return ["AWS/DynamoDB", "SuccessfulRequestLatency", ...dimensions, { label, stat: "Average" }];
}

/** https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html */
function graphql(name) {
  return ["AWS/AppSync", name, "GraphQLAPIId", "${AppSyncApi.ApiId}", { label: name, stat: "Sum" }];
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html */
function api(name) {
  return ["AWS/ApiGateway", name, "ApiId", "${WebSocketApi}", { label: name, stat: "Sum" }];
}

function widget(title, metrics) {
  const properties = { title, metrics, region: "${AWS::Region}", period: fiveMinutes, view: "timeSeries" };
  return { type: "metric", properties };
}

function lambda(name, stat = "Sum", lambdaFunction = "ConverseLambdaFunction") {
  const label = `Lambda ${name}`;
  return ["AWS/Lambda", name, "FunctionName", `\${${lambdaFunction}}`, { label, stat }];
}

module.exports = { fiveMinutes, widget, lambda, optionalWidgets };
