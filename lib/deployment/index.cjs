// The parts of the deployment that serverless.yml loads with ${file(lib/deployment/index.cjs):…}, computed from its parameters.
const { writeSync } = require("node:fs");
const { alarms } = require("./metric-alarms.cjs");
const { answerTable, answerTableStatements, answerTableVariable } = require("./answer-table.cjs");
const { appSyncFunction, appSyncResources } = require("./app-sync.cjs");
const { callerPolicy, callerPermissions } = require("./callers.cjs");
const { cors } = require("./cors-origins.cjs");
const { dashboard } = require("./dashboard.cjs");
const { environment } = require("./variables.cjs");
const { guardrailStatements, guardrailVariable } = require("./guardrail-statements.cjs");
const { identityPool, identityPoolOutputs } = require("./identity-pool.cjs");
const { metricFilters } = require("./metric-filters.cjs");
const { modelStatements, toolStatements } = require("./model-statements.cjs");
const { outputs } = require("./outputs.cjs");
const { readParameters } = require("./parameters.cjs");
const { webSocketFunction, webSocketResources } = require("./web-socket.cjs");

const parts = {
  statements: (parameters) => [
    ...modelStatements(parameters),
    ...toolStatements(parameters),
    ...guardrailStatements(parameters),
    ...answerTableStatements(parameters),
  ],
  reservedConcurrency: ({ reservedConcurrency }) => reservedConcurrency ?? null,
  tracing: ({ xray }) => xray,
  environment: (parameters) => ({
    ...environment(parameters),
    ...guardrailVariable(parameters),
    ...answerTableVariable(parameters),
  }),
  cors,
  webSocketFunction,
  appSyncFunction,
  resources: (parameters) => ({
    Resources: {
      ...callerPolicy(parameters),
      ...callerPermissions(parameters),
      ...identityPool(parameters),
      ...answerTable(parameters),
      ...webSocketResources(parameters),
      ...appSyncResources(parameters),
      ...metricFilters(parameters),
      ...alarms(parameters),
      ...dashboard(parameters),
    },
    Outputs: { ...outputs(parameters), ...identityPoolOutputs(parameters) },
  }),
};

for (const [name, build] of Object.entries(parts)) {
  module.exports[name] = async (resolvers) => {
    const { parameters, problems } = await readParameters(resolvers);
    if (problems.length === 0) return build(parameters);
    // Exits here, because osls would surround a thrown error with its own report of variables and environment.
    writeSync(2, `${problems.join("\n")}\n`);
    process.exit(1);
  };
}
