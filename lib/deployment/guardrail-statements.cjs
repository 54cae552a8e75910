// IAM statements and the variable for the service's guardrail: the role may apply it, and may call no model without it.
const form = /^([a-z0-9]+|arn:aws[\w-]*:bedrock:([\w-]+):\d{12}:guardrail\/[a-z0-9]+):(\d+|DRAFT)$/;

/** Finds what the function cannot check: the form of the id, and the Region. Expects a value that the function accepts. */
function problemsOfGuardrail({ ofFunction: { guardrail }, region }) {
  if (guardrail === "none") return [];
  const [, id, place = region] = form.exec(guardrail) ?? [];
  if (id === undefined) {
    return [
      `parameter "guardrail" is ${JSON.stringify(guardrail)}; set it to <guardrail id or ARN>:<version>`,
    ];
  }
  if (place === region) return [];
  return [`parameter "guardrail" is in ${place}; use a guardrail in ${region}, the Region of the service`];
}

function guardrailStatements({ ofFunction: { guardrail } }) {
  if (guardrail === "none") return [];
  return [{ Effect: "Allow", Action: ["bedrock:ApplyGuardrail"], Resource: [named(guardrail).arn] }];
}

/**
 * The condition for every call to a model. For a draft, it is the guardrail's ARN without a version:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
 */
function guardrailCondition({ ofFunction: { guardrail } }) {
  if (guardrail === "none") return {};
  const { arn, version } = named(guardrail);
  return { "bedrock:GuardrailIdentifier": version === "DRAFT" ? arn : suffixed(arn, `:${version}`) };
}

/** Always an ARN, as in the condition above. AWS does not document whether a bare id in a request would match it. */
function guardrailVariable({ ofFunction: { guardrail } }) {
  if (guardrail === "none") return {};
  const { arn, version } = named(guardrail);
  return { DELTAPIPE_GUARDRAIL: suffixed(arn, `:${version}`) };
}

function named(guardrail) {
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
