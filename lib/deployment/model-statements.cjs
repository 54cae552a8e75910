// The models list as IAM statements: what the code allows and what IAM allows come from one text.
//
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
const { require: requireTypeScript } = require("tsx/cjs/api");

const { guardrailCondition } = require("./guardrail-reference.cjs");

const { parseModels } = requireTypeScript("../stream/settings/models.ts", __filename);

const action = "bedrock:InvokeModelWithResponseStream";

/** Where requests to a geography's profiles cannot come from. Who may send them grows, so only the sure cases. */
const foreign = {
  us: /^(eu|ap|sa|us-gov|cn)-/,
  eu: /^(us|ap|ca|sa|mx|cn)-/,
  apac: /^(us|eu|ca|sa|mx|cn)-/,
  jp: /^(us|eu|ca|sa|mx|cn)-/,
  au: /^(us|eu|ca|sa|mx|cn)-/,
  "us-gov": /^(?!us-gov-)/,
  global: /^(us-gov|cn)-/,
};
const profileId = /^(us|us-gov|eu|apac|au|ca|jp|sa|me|af|global)\.(.+\..+)$/;
const arnForm =
  /^arn:aws[\w-]*:bedrock:([\w-]+):\d*:(foundation-model|inference-profile|application-inference-profile|provisioned-model|imported-model|custom-model-deployment)\/([\w.:-]+)$/;

function modelStatements(parameters) {
  const required = guardrailCondition(parameters);
  return parseModels(parameters.ofFunction.models).flatMap(statementsFor).map(requiring);

  function requiring({ Condition, ...statement }) {
    const StringEquals = { ...Condition?.StringEquals, ...required };
    return { ...statement, ...(Object.keys(StringEquals).length > 0 && { Condition: { StringEquals } }) };
  }
}

/**
 * Without it a call with one of Amazon Nova's own tools is refused, whatever the model.
 * https://docs.aws.amazon.com/nova/latest/nova2-userguide/web-grounding.html
 */
function toolStatements({ ofFunction: { allow: allowed } }) {
  if (!allowed.split(",").some((name) => name.trim() === "systemTool")) return [];
  const tool = (name) => sub(`arn:\${AWS::Partition}:bedrock::\${AWS::AccountId}:system-tool/amazon.${name}`);
  const Resource = [tool("nova_grounding"), tool("nova_code_interpreter")];
  return [{ Effect: "Allow", Action: ["bedrock:InvokeTool"], Resource }];
}

/** Called with a list that the function accepts: what could be deployed, and could not be called. */
function problemsOfModels({ ofFunction, region }) {
  return parseModels(ofFunction.models)
    .map(({ name, id }) => [name, problemOf(id, region)])
    .filter(([, problem]) => problem !== undefined)
    .map(([name, problem]) => `Parameter "models": ${name} ${problem}`);
}

function problemOf(id, region) {
  if (id.startsWith("arn:")) {
    const [, place, kind, resource] = arnForm.exec(id) ?? [];
    if (place === undefined) return `is no ARN of a Bedrock model or inference profile: "${id}"`;
    if (place !== region) return `is in ${place}, and the service in ${region}: "${id}"`;
    return kind === "inference-profile" && !profileId.test(resource)
      ? `is an inference profile of no known geography: "${id}"`
      : undefined;
  }
  const [, geography] = profileId.exec(id) ?? [];
  return foreign[geography]?.test(region)
    ? `is a profile of "${geography}", which cannot be called from ${region}: choose one for this Region`
    : undefined;
}

function statementsFor({ id, foundationModel }) {
  if (id.startsWith("arn:")) {
    const [, , kind, resource] = arnForm.exec(id);
    const behind = kind === "inference-profile" ? profileId.exec(resource)[2] : foundationModel;
    return behind === undefined ? [allow(id)] : [allow(id), behindProfile(behind, id)];
  }
  const [, , model] = profileId.exec(id) ?? [];
  if (model === undefined) return [allow(modelArn(id, "${AWS::Region}"))];
  const profile = sub(
    `arn:\${AWS::Partition}:bedrock:\${AWS::Region}:\${AWS::AccountId}:inference-profile/${id}`,
  );
  return [allow(profile), behindProfile(model, profile)];
}

/** The model that a profile routes to, in whatever Region it does, but only by way of that profile. */
function behindProfile(model, profile) {
  return {
    ...allow(modelArn(model, "*")),
    Condition: { StringEquals: { "bedrock:InferenceProfileArn": profile } },
  };
}

function modelArn(id, region) {
  return sub(`arn:\${AWS::Partition}:bedrock:${region}::foundation-model/${id}`);
}

function allow(resource) {
  return { Effect: "Allow", Action: [action], Resource: [resource] };
}

function sub(text) {
  return { "Fn::Sub": text };
}

module.exports = { modelStatements, toolStatements, problemsOfModels };
