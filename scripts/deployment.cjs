// What serverless.yml takes from here with ${file(scripts/deployment.cjs):…}: all of it follows from its parameters.
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

let areProblemsTold = false;

for (const [name, build] of Object.entries(parts)) {
  module.exports[name] = async (resolvers) => {
    const { parameters, problems } = await readParameters(resolvers);
    if (problems.length === 0) return build(parameters);
    // osls lists what each variable throws: once is enough, and it prints the stack where there is one.
    if (areProblemsTold) return {};
    areProblemsTold = true;
    const message = `\n    ${problems.join("\n    ")}`;
    throw Object.assign(new Error(message), { stack: message });
  };
}
