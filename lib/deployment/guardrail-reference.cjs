// The service's own guardrail in the role's permissions: this one may be applied, and no model is called without it.
const form = /^([a-z0-9]+|arn:aws[\w-]*:bedrock:([\w-]+):\d{12}:guardrail\/[a-z0-9]+):(\d+|DRAFT)$/;

/** Called with a guardrail that the function accepts. */
function problemsOfGuardrail({ ofFunction: { guardrail }, region }) {
  if (guardrail === "none") return [];
  const [, id, place = region] = form.exec(guardrail) ?? [];
  if (id === undefined) {
    return [`Parameter "guardrail": expected <guardrail id or ARN>:<version>, found "${guardrail}"`];
  }
  return place === region ? [] : [`Parameter "guardrail": is in ${place}, and the service in ${region}`];
}

function guardrailStatements({ ofFunction: { guardrail } }) {
  if (guardrail === "none") return [];
  return [{ Effect: "Allow", Action: ["bedrock:ApplyGuardrail"], Resource: [named(guardrail).arn] }];
}

/**
 * What every call to a model must carry. A draft is named by the guardrail's ARN alone:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
 */
function guardrailCondition({ ofFunction: { guardrail } }) {
  if (guardrail === "none") return {};
  const { arn, version } = named(guardrail);
  return { "bedrock:GuardrailIdentifier": version === "DRAFT" ? arn : suffixed(arn, `:${version}`) };
}

/** By its ARN, as the condition above names it: whether an id in the request would match it, AWS does not say. */
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
