// What serverless.yml takes from here with ${file(scripts/deployment.cjs):…}: all of it follows from its parameters.
const { writeSync } = require("node:fs");
const { alarms } = require("./deployment/alarms.cjs");
const { callerPolicy, callerPermissions } = require("./deployment/callers.cjs");
const { cors } = require("./deployment/cors.cjs");
const { dashboard } = require("./deployment/dashboard.cjs");
const { environment } = require("./deployment/environment.cjs");
const { guardrailStatements, guardrailVariable } = require("./deployment/guardrail.cjs");
const { metricFilters } = require("./deployment/metrics.cjs");
const { modelStatements, toolStatements } = require("./deployment/models.cjs");
const { outputs } = require("./deployment/outputs.cjs");
const { readParameters } = require("./deployment/parameters.cjs");

const parts = {
  statements: (parameters) => [
    ...modelStatements(parameters),
    ...toolStatements(parameters),
    ...guardrailStatements(parameters),
  ],
  reservedConcurrency: ({ reservedConcurrency }) => reservedConcurrency ?? null,
  tracing: ({ xray }) => xray,
  environment: (parameters) => ({ ...environment(parameters), ...guardrailVariable(parameters) }),
  cors,
  resources: (parameters) => ({
    Resources: {
      ...callerPolicy(),
      ...callerPermissions(parameters),
      ...metricFilters(),
      ...alarms(parameters),
      ...dashboard(parameters),
    },
    Outputs: outputs(),
  }),
};

for (const [name, build] of Object.entries(parts)) {
  module.exports[name] = async (resolvers) => {
    const { parameters, problems } = await readParameters(resolvers);
    if (problems.length === 0) return build(parameters);
    // osls would go on, and put the sentences amid its own: which variable threw, the environment, where its docs are.
    writeSync(2, `${problems.join("\n")}\n`);
    process.exit(1);
  };
}
