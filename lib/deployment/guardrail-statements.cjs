// IAM statements for guardrails. If the service has one, the role may apply it and cannot call a model without it.
const { isAllowed } = require("./allowed-features.cjs");

const form = /^([a-z0-9]+|arn:aws[\w-]*:bedrock:([\w-]+):\d{12}:guardrail\/[a-z0-9]+):(\d+|DRAFT)$/;

/** Checks the form of the id and the Region. Expects a value that has passed `readConfiguration`. */
function problemsOfGuardrail({ ofFunction: { guardrail }, region }) {
  if (guardrail === "none") return [];
  const [, id, guardrailRegion = region] = form.exec(guardrail) ?? [];
  if (id === undefined) {
    return [
      `parameter "guardrail" is ${JSON.stringify(guardrail)}; set it to <guardrail id or ARN>:<version>`,
    ];
  }
  if (guardrailRegion === region) return [];
  return [
    `parameter "guardrail" is in ${guardrailRegion}; use a guardrail in ${region}, the Region of the service`,
  ];
}

/** The service's guardrail, or else every guardrail of the account if callers may choose one. */
function guardrailStatements({ ofFunction }) {
  const { guardrail } = ofFunction;
  if (guardrail === "none" && !isAllowed("guardrailConfig", ofFunction)) return [];
  const arn = guardrail === "none" ? arnOf("*") : parseGuardrail(guardrail).arn;
  return [{ Effect: "Allow", Action: ["bedrock:ApplyGuardrail"], Resource: [arn] }];
}

/**
 * The condition for every call to a model. For a draft, it is the guardrail's ARN without a version:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
 */
function guardrailCondition({ ofFunction: { guardrail } }) {
  if (guardrail === "none") return {};
  const { arn, version } = parseGuardrail(guardrail);
  return { "bedrock:GuardrailIdentifier": version === "DRAFT" ? arn : suffixed(arn, `:${version}`) };
}

/**
 * The function sends the variable's value with its requests to Bedrock. The value is an ARN, even if the parameter is an id: the
 * condition above contains the ARN, and AWS does not document whether a request with an id would match it.
 */
function guardrailVariable({ ofFunction: { guardrail } }) {
  if (guardrail === "none") return {};
  const { arn, version } = parseGuardrail(guardrail);
  return { DELTAPIPE_GUARDRAIL: suffixed(arn, `:${version}`) };
}

function parseGuardrail(guardrail) {
  const [, id, , version] = form.exec(guardrail);
  return { arn: id.startsWith("arn:") ? id : arnOf(id), version };
}

function arnOf(id) {
  return { "Fn::Sub": `arn:\${AWS::Partition}:bedrock:\${AWS::Region}:\${AWS::AccountId}:guardrail/${id}` };
}

function suffixed(arn, suffix) {
  return typeof arn === "string" ? `${arn}${suffix}` : { "Fn::Sub": `${arn["Fn::Sub"]}${suffix}` };
}

module.exports = { problemsOfGuardrail, guardrailStatements, guardrailCondition, guardrailVariable };
