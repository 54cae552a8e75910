// The permission for the service's own guardrail, and for no other.
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
  const [, id] = form.exec(guardrail);
  const arn = id.startsWith("arn:")
    ? id
    : { "Fn::Sub": `arn:\${AWS::Partition}:bedrock:\${AWS::Region}:\${AWS::AccountId}:guardrail/${id}` };
  return [{ Effect: "Allow", Action: ["bedrock:ApplyGuardrail"], Resource: [arn] }];
}

module.exports = { problemsOfGuardrail, guardrailStatements };
