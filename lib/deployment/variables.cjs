// Turns the function's parameters into its environment variables, and checks them.
const { require: requireTypeScript } = require("tsx/cjs/api");

const { readConfiguration, settingNames } = requireTypeScript(
  "../stream/settings/configuration.ts",
  __filename,
);

/** The parameters of serverless.yml that become variables of the function. */
const functionParameters = settingNames.map(parameterOf);

/** Parameters that only the function behind the WebSocket API uses. */
const ofMessages = ["pushIntervalMs"];

/** The variables of the function behind the URL. */
function environment({ ofFunction }) {
  return variablesOf(Object.entries(ofFunction).filter(([name]) => !ofMessages.includes(name)));
}

/** The variables that come from parameters, for a function that sends messages. */
function messageEnvironment({ ofFunction }) {
  return variablesOf(Object.entries(ofFunction));
}

function variablesOf(entries) {
  const given = entries.filter(([, text]) => text !== "none");
  return Object.fromEntries(given.map(([name, text]) => [variableOf(name), text]));
}

/** Runs the function's startup checks. The messages name parameters instead of variables. */
function problemsOfFunction(parameters) {
  try {
    readConfiguration(messageEnvironment(parameters));
    return [];
  } catch ({ message }) {
    return message.split("\n").map(withParameters);
  }
}

function withParameters(problem) {
  return problem
    .replace(/^Cannot start: /, "")
    .replaceAll(/DELTAPIPE_[A-Z_]+/g, (variable) => `parameter "${parameterOf(variable)}"`);
}

/** `stallSeconds` → `DELTAPIPE_STALL_SECONDS` */
function variableOf(parameter) {
  return `DELTAPIPE_${parameter.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** `DELTAPIPE_STALL_SECONDS` → `stallSeconds` */
function parameterOf(variable) {
  const words = variable.replace(/^DELTAPIPE_/, "").toLowerCase();
  return words.replaceAll(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

module.exports = { functionParameters, environment, messageEnvironment, problemsOfFunction };
