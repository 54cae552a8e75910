// CloudWatch dashboard with requests, errors, times and tokens.
const { require: requireTypeScript } = require("tsx/cjs/api");
const { namespace } = require("./metric-filters.cjs");

const { parseModels } = requireTypeScript("../stream/settings/models.ts", __filename);

const own = namespace["Fn::Sub"];
const fiveMinutes = 300;

function dashboard({ ofFunction, webSocket, appSync }) {
  const models = parseModels(ofFunction.models).map(({ name }) => name);
  const operations = operationsWith({ webSocket, appSync });
  const widgets = [
    widget("Requests", [lambda("Invocations"), ...byModel("Requests", "Sum"), ...byOperation("Requests")]),
    widget("Errors by name", [search("Error,Model"), search("Error")]),
    widget("Throttled by Bedrock and by Lambda", [
      [own, "Throttles", { label: "Bedrock", stat: "Sum" }],
      lambda("Throttles"),
    ]),
    widget("First delta, ms", [...byModel("FirstDelta", "p50"), ...byModel("FirstDelta", "p90")]),
    widget("Complete answer, ms", [...byModel("Total", "p50"), ...byModel("Total", "p90")]),
    widget("Concurrent invocations", [lambda("ConcurrentExecutions", "Maximum")]),
    widget("Output tokens", byModel("OutputTokens", "Sum")),
    widget("Input tokens", byModel("InputTokens", "Sum")),
    widget("Crashes and timeouts", [lambda("Errors")]),
    ...(webSocket ? webSocketWidgets() : []),
    ...(appSync ? appSyncWidgets() : []),
  ];
  const body = { widgets: widgets.map((each, index) => ({ ...each, ...place(index) })) };
  return {
    Dashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: {
        // All Regions of an account share one set of dashboard names.
        DashboardName: { "Fn::Sub": "${AWS::StackName}-${AWS::Region}" },
        DashboardBody: { "Fn::Sub": JSON.stringify(body) },
      },
    },
  };

  function byOperation(name) {
    return operations.map((operation) => [
      own,
      name,
      "Operation",
      operation,
      { label: operation, stat: "Sum" },
    ]);
  }

  function byModel(name, stat) {
    return models.map((model) => [own, name, "Model", model, { label: `${model} ${stat}`, stat }]);
  }
}

/** The values of `Operation` in ../stream/log.ts whose requests are counted. */
function operationsWith({ webSocket, appSync }) {
  return [
    "Lines",
    "ConverseStream",
    "Converse",
    ...(webSocket ? ["WebSocket"] : []),
    ...(appSync ? ["AppSync"] : []),
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

/** Position on a grid of 24 columns: three widgets in a row. */
function place(index) {
  return { x: (index % 3) * 8, y: Math.floor(index / 3) * 6, width: 8, height: 6 };
}

function lambda(name, stat = "Sum", lambdaFunction = "ConverseLambdaFunction") {
  const label = `Lambda ${name}`;
  return ["AWS/Lambda", name, "FunctionName", `\${${lambdaFunction}}`, { label, stat }];
}

/** Searches for the metrics, because an error name has a metric only after the error has occurred. */
function search(dimensions) {
  const expression = `SEARCH('{"${own}",${dimensions}} MetricName="Errors"', 'Sum', ${fiveMinutes})`;
  return [{ expression, label: "" }];
}

module.exports = { dashboard };
