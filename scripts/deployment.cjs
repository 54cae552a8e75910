// The models list as IAM statements: what the code allows and what IAM allows come from one text.
const { require: requireTypeScript } = require("tsx/cjs/api");

const { parseModels } = requireTypeScript("../lib/stream/models.ts", __filename);

const action = "bedrock:InvokeModelWithResponseStream";

/** Called by `${file(scripts/deployment.cjs):statements}` in serverless.yml. */
module.exports.statements = async ({ resolveVariable }) => {
  const text = await resolveVariable("param:models");
  try {
    return parseModels(text).flatMap(statementsFor);
  } catch (error) {
    throw new Error(`Parameter "models": ${error.message}`, { cause: error });
  }
};

/** https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html */
function statementsFor({ id, foundationModel }) {
  if (id.startsWith("arn:")) {
    return foundationModel === undefined ? [allow(id)] : [allow(id), behindProfile(foundationModel, id)];
  }
  const [, geography, model] = /^(us|us-gov|eu|apac|au|ca|jp|sa|me|af|global)\.(.+\..+)$/.exec(id) ?? [];
  if (geography === undefined) return [allow(modelArn(id, "${AWS::Region}"))];
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
