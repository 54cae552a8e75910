// Reads and checks the parameters of serverless.yml. Every problem is one sentence that names the parameter.
const { isIssuer, problemsOfAppSync } = require("./app-sync-callers.cjs");
const { isPrincipal } = require("./callers.cjs");
const { isOrigin } = require("./cors-origins.cjs");
const { optionsFor } = require("./esbuild.cjs");
const { isIdentityProvider, problemsOfIdentityProviders } = require("./identity-pool.cjs");
const { functionParameters, problemsOfFunction } = require("./variables.cjs");
const { problemsOfGuardrail } = require("./guardrail-statements.cjs");
const { problemsOfModels } = require("./model-statements.cjs");

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const topic = /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/;

/**
 * The checks of the parameters that only the deployment reads. (The function's own code checks the others.) Each check
 * returns the value, or throws an Error whose message continues a sentence that begins with the parameter's name.
 */
const checks = {
  memorySize: wholeNumber(128, 10_240),
  timeout: wholeNumber(30, 900),
  reservedConcurrency: orNone(wholeNumber(0, 100_000)),
  logRetentionDays: oneOf(retentions.map(String)),
  bedrockClient: oneOf(Object.keys(optionsFor)),
  xray: (text) => oneOf(["true", "false"])(text) === "true",
  callers: listOf(isPrincipal, "12-digit account ids and ARNs of roles"),
  identityProviders: listOf(
    isIdentityProvider,
    "user pools with an app client, such as eu-west-1_AbCdEf123:1h57kf5cpq17m0eml1, and ARNs of OIDC or SAML providers",
  ),
  corsOrigins: listOf(isOrigin, "origins such as https://app.example.com"),
  webSocket: (text) => oneOf(["true", "false"])(text) === "true",
  webSocketRate: wholeNumber(1, 10_000),
  appSync: (text) => oneOf(["true", "false"])(text) === "true",
  appSyncApiKey: (text) => oneOf(["true", "false"])(text) === "true",
  appSyncIssuer: orNone((text) => {
    if (isIssuer(text)) return text;
    throw wrong(
      text,
      "a user pool with an app client, such as eu-west-1_AbCdEf123:1h57kf5cpq17m0eml1, or an OIDC issuer with a client id: https://…;client=…",
    );
  }),
  appSyncIntervalMs: wholeNumber(0, 10_000),
  alarmTopic: orNone(matching(topic, "the ARN of an SNS topic")),
  alarmErrorPercent: orNone(wholeNumber(1, 100)),
  alarmThrottles: orNone(wholeNumber(1, 1_000_000_000)),
  alarmFirstDeltaMs: orNone(wholeNumber(1, 900_000)),
  alarmOutputTokens: orNone(wholeNumber(1, 1_000_000_000_000)),
  alarmAnswerStore: orNone(wholeNumber(1, 1_000_000_000)),
};

/**
 * Resolves with the parameters and with a list of their problems, which is empty if all parameters are valid. The argument
 * is the object that osls passes to each function that serverless.yml calls with `${file(…)}`.
 */
async function readParameters({ options, resolveVariable, resolveConfigurationProperty }) {
  const sections = await resolveConfigurationProperty(["params"]);
  const names = Object.keys(sections.default);
  const texts = {};
  for (const name of names) texts[name] = String((await resolveVariable(`param:${name}`)) ?? "none").trim();
  const region = await resolveVariable("self:provider.region");
  const problems = unknownNames(sections, options.param ?? []);
  const parameters = { region, ofFunction: {} };
  for (const name of names) {
    if (functionParameters.includes(name)) parameters.ofFunction[name] = texts[name];
    else read(name, texts[name]);
  }
  problems.push(...problemsOfFunction(parameters));
  // The following checks expect values that have passed the checks above.
  if (problems.length === 0) {
    problems.push(
      ...problemsOfModels(parameters),
      ...problemsOfGuardrail(parameters),
      ...problemsOfIdentityProviders(parameters),
      ...problemsOfAppSync(parameters),
    );
  }
  return { parameters, problems: problems.map((problem) => `Cannot package: ${problem}`) };

  function read(name, text) {
    if (!Object.hasOwn(checks, name)) {
      problems.push(
        `parameter "${name}" has no effect, because no code reads it; remove it, or add a check to lib/deployment/parameters.cjs`,
      );
      return;
    }
    try {
      parameters[name] = checks[name](text);
    } catch (error) {
      problems.push(`parameter "${name}" ${error.message}`);
    }
  }
}

/** osls ignores unknown parameters, so a typo would go unnoticed. */
function unknownNames({ default: documented, ...stages }, given) {
  const names = [...given.map((pair) => pair.split("=")[0]), ...Object.values(stages).flatMap(Object.keys)];
  return names
    .filter((name) => !Object.hasOwn(documented, name))
    .map(
      (name) =>
        `parameter "${name}" is not under params.default in serverless.yml; correct its name or remove it`,
    );
}

function wholeNumber(least, most) {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw wrong(text, `a whole number from ${least} to ${most}`);
  };
}

function oneOf(values) {
  return (text) => {
    if (values.includes(text)) return text;
    throw wrong(text, `one of ${values.join(", ")}`);
  };
}

function matching(pattern, expected) {
  return (text) => {
    if (pattern.test(text)) return text;
    throw wrong(text, expected);
  };
}

function listOf(isValid, expected) {
  return (text) => {
    const items = text === "none" ? [] : text.split(/[\s,]+/).filter(Boolean);
    const unknown = items.find((item) => !isValid(item));
    if (unknown === undefined) return [...new Set(items)];
    throw new Error(`contains ${JSON.stringify(unknown)}; list ${expected}`);
  };
}

function orNone(check) {
  return (text) => (text === "none" ? undefined : check(text));
}

function wrong(text, expected) {
  return new Error(`is ${JSON.stringify(text)}; set it to ${expected}`);
}

module.exports = { readParameters, serviceParameters: Object.keys(checks) };
