// IAM statements for the service's guardrail: the role may apply it, and cannot call a model without it.
const form = /^([a-z0-9]+|arn:aws[\w-]*:bedrock:([\w-]+):\d{12}:guardrail\/[a-z0-9]+):(\d+|DRAFT)$/;

/** Checks the form of the id and the Region. Expects a value that the function accepts. */
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

function guardrailStatements({ ofFunction: { guardrail } }) {
  if (guardrail === "none") return [];
  return [{ Effect: "Allow", Action: ["bedrock:ApplyGuardrail"], Resource: [parseGuardrail(guardrail).arn] }];
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
 * The variable always has the ARN, as the condition above does. AWS does not document whether an id in a request would
 * match that condition.
 */
function guardrailVariable({ ofFunction: { guardrail } }) {
  if (guardrail === "none") return {};
  const { arn, version } = parseGuardrail(guardrail);
  return { DELTAPIPE_GUARDRAIL: suffixed(arn, `:${version}`) };
}

function parseGuardrail(guardrail) {
  const [, id, , version] = form.exec(guardrail);
  const arn = id.startsWith("arn:")
    ? id
    : { "Fn::Sub": `arn:\${AWS::Partition}:bedrock:\${AWS::Region}:\${AWS::AccountId}:guardrail/${id}` };
  return { arn, version };
}

function suffixed(arn, suffix) {
  return typeof arn === "string" ? `${arn}${suffix}` : { "Fn::Sub": `${arn["Fn::Sub"]}${suffix}` };
}

module.exports = { problemsOfGuardrail, guardrailStatements, guardrailCondition, guardrailVariable };
