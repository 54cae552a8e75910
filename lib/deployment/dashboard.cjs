// CloudWatch dashboard with requests, errors, times and tokens.
const { require: requireTypeScript } = require("tsx/cjs/api");
const { fiveMinutes, lambda, optionalWidgets, widget } = require("./dashboard-widgets.cjs");
const { namespace } = require("./metric-filters.cjs");

const { parseModels } = requireTypeScript("../stream/settings/models.ts", __filename);

const own = namespace["Fn::Sub"];

function dashboard(parameters) {
  const { ofFunction, webSocket, appSync } = parameters;
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
    ...optionalWidgets(parameters),
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

/** The values of `Operation` in ../stream/log.ts that the metric `Requests` counts. */
function operationsWith({ webSocket, appSync }) {
  return [
    "Lines",
    "ConverseStream",
    "Converse",
    ...(webSocket ? ["WebSocket"] : []),
    ...(appSync ? ["AppSync"] : []),
  ];
}

/** Position on a grid of 24 columns: three widgets in a row. */
function place(index) {
  return { x: (index % 3) * 8, y: Math.floor(index / 3) * 6, width: 8, height: 6 };
}

/** Searches for the metrics, because an error name has a metric only after the error has occurred. */
function search(dimensions) {
  const expression = `SEARCH('{"${own}",${dimensions}} MetricName="Errors"', 'Sum', ${fiveMinutes})`;
  return [{ expression, label: "" }];
}

module.exports = { dashboard };
