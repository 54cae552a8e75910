// The function's own parameters as its environment: the function's code checks them here as it does when it starts.
const { require: requireTypeScript } = require("tsx/cjs/api");

const { readConfiguration } = requireTypeScript("../stream/settings/configuration.ts", __filename);

const functionParameters = [
  "models",
  "maxTokens",
  "defaultMaxTokens",
  "maxRequestBytes",
  "maxDepth",
  "maxValues",
  "maxMessages",
  "maxTools",
  "maxImages",
  "maxImageBytes",
  "maxDocuments",
  "maxDocumentBytes",
  "guardrail",
  "unguardedContent",
  "allow",
  "connectSeconds",
  "firstByteSeconds",
  "stallSeconds",
  "pingSeconds",
  "callerStallSeconds",
  "deadlineMarginSeconds",
];

function environment({ ofFunction }) {
  const given = Object.entries(ofFunction).filter(([, text]) => text !== "none");
  return Object.fromEntries(given.map(([name, text]) => [variableOf(name), text]));
}

function problemsOfFunction(parameters) {
  try {
    readConfiguration(environment(parameters));
    return [];
  } catch ({ message }) {
    return [message.replace(/^Cannot start: /, "").replaceAll(/DELTAPIPE_\w+/g, parameterOf)];
  }
}

function variableOf(name) {
  return `DELTAPIPE_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function parameterOf(variable) {
  const name = functionParameters.find((parameter) => variableOf(parameter) === variable);
  return name === undefined ? variable : `Parameter "${name}"`;
}

module.exports = { functionParameters, environment, problemsOfFunction };
