// The models list as IAM statements: what the code allows and what IAM allows come from one text.
//
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
const { require: requireTypeScript } = require("tsx/cjs/api");

const { parseModels } = requireTypeScript("../../lib/stream/models.ts", __filename);

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

function modelStatements({ ofFunction }) {
  return parseModels(ofFunction.models).flatMap(statementsFor);
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

module.exports = { modelStatements, problemsOfModels };
