// IAM statements for the list of models. The function reads the same list, so the role and the function allow the same models.
//
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
const { require: requireTypeScript } = require("tsx/cjs/api");

const { isAllowed } = require("./allowed-features.cjs");
const { guardrailCondition } = require("./guardrail-statements.cjs");

const { parseModels, profileIdForm } = requireTypeScript("../stream/settings/models.ts", __filename);

const action = "bedrock:InvokeModelWithResponseStream";

/**
 * Regions that cannot call a geography's inference profiles. AWS keeps adding Regions that can, so this lists only the
 * Regions that we are sure of.
 */
const excludedRegions = {
  us: /^(eu|ap|sa|us-gov|cn)-/,
  eu: /^(us|ap|ca|sa|mx|cn)-/,
  apac: /^(us|eu|ca|sa|mx|cn)-/,
  jp: /^(us|eu|ca|sa|mx|cn)-/,
  au: /^(us|eu|ca|sa|mx|cn)-/,
  "us-gov": /^(?!us-gov-)/,
  global: /^(us-gov|cn)-/,
};
const arnForm =
  /^arn:aws[\w-]*:bedrock:([\w-]+):\d*:(foundation-model|inference-profile|application-inference-profile|provisioned-model|imported-model|custom-model-deployment)\/([\w.:-]+)$/;

function modelStatements(parameters) {
  const required = guardrailCondition(parameters);
  return parseModels(parameters.ofFunction.models).flatMap(statementsFor).map(withGuardrail);

  function withGuardrail({ Condition, ...statement }) {
    const StringEquals = { ...Condition?.StringEquals, ...required };
    return { ...statement, ...(Object.keys(StringEquals).length > 0 && { Condition: { StringEquals } }) };
  }
}

/**
 * Without this permission, Bedrock rejects every call that offers one of Amazon Nova's built-in tools, for any model.
 * https://docs.aws.amazon.com/nova/latest/nova2-userguide/web-grounding.html
 */
function toolStatements({ ofFunction }) {
  if (!isAllowed("systemTool", ofFunction)) return [];
  const tool = (name) => sub(`arn:\${AWS::Partition}:bedrock::\${AWS::AccountId}:system-tool/amazon.${name}`);
  const Resource = [tool("nova_grounding"), tool("nova_code_interpreter")];
  return [{ Effect: "Allow", Action: ["bedrock:InvokeTool"], Resource }];
}

/** Finds models that could be deployed but not called. Expects a list that the function accepts. */
function problemsOfModels({ ofFunction, region }) {
  return parseModels(ofFunction.models)
    .map(({ name, id }) => [`${name}=${id}`, problemOf(id, region)])
    .filter(([, problem]) => problem !== undefined)
    .map(([pair, problem]) => `parameter "models" contains "${pair}"${problem}`);
}

function problemOf(id, region) {
  if (id.startsWith("arn:")) {
    const [, arnRegion, kind, resource] = arnForm.exec(id) ?? [];
    if (arnRegion === undefined) return "; use the ARN of a Bedrock model or inference profile";
    if (arnRegion !== region) return ` in ${arnRegion}; use an ARN in ${region}, the Region of the service`;
    return kind === "inference-profile" && !profileIdForm.test(resource)
      ? "; use an inference profile whose id begins with a geography such as us. or eu."
      : undefined;
  }
  const [, geography] = profileIdForm.exec(id) ?? [];
  return excludedRegions[geography]?.test(region)
    ? `; use an inference profile for ${region}, which cannot call those of "${geography}"`
    : undefined;
}

function statementsFor({ id, foundationModel }) {
  if (id.startsWith("arn:")) {
    const [, , kind, resource] = arnForm.exec(id);
    const model = kind === "inference-profile" ? profileIdForm.exec(resource)[2] : foundationModel;
    return model === undefined ? [allow(id)] : [allow(id), allowThrough(id, model)];
  }
  const [, , model] = profileIdForm.exec(id) ?? [];
  if (model === undefined) return [allow(modelArn(id, "${AWS::Region}"))];
  const profile = sub(
    `arn:\${AWS::Partition}:bedrock:\${AWS::Region}:\${AWS::AccountId}:inference-profile/${id}`,
  );
  return [allow(profile), allowThrough(profile, model)];
}

/** Allows the model that a profile routes to, in any Region, but only through that profile. */
function allowThrough(profile, model) {
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
