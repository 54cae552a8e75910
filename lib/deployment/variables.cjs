// The function's parameters as its environment variables.
const { require: requireTypeScript } = require("tsx/cjs/api");

const { readConfiguration, settingNames } = requireTypeScript(
  "../stream/settings/configuration.ts",
  __filename,
);

/** The parameters of serverless.yml that become variables of the function. */
const functionParameters = settingNames.map(parameterOf);

function environment({ ofFunction }) {
  const given = Object.entries(ofFunction).filter(([, text]) => text !== "none");
  return Object.fromEntries(given.map(([name, text]) => [variableOf(name), text]));
}

/** Checks the parameters with the function's own code, as it does when it starts. Says "parameter" instead of the variable. */
function problemsOfFunction(parameters) {
  try {
    readConfiguration(environment(parameters));
    return [];
  } catch ({ message }) {
    return message
      .split("\n")
      .map((line) => line.replace(/^Cannot start: /, ""))
      .map((line) =>
        line.replaceAll(/DELTAPIPE_[A-Z_]+/g, (variable) => `parameter "${parameterOf(variable)}"`),
      );
  }
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

module.exports = { functionParameters, environment, problemsOfFunction };
