// Summarizes a CloudFormation template for the terminal: the number of resources of each type, and every IAM statement.

/**
 * @param {{ Resources: Record<string, { Type: string, Properties: any }> }} template
 * @returns {string}
 */
export function summarizeTemplate({ Resources }) {
  const counts = new Map();
  for (const { Type } of Object.values(Resources)) counts.set(Type, (counts.get(Type) ?? 0) + 1);
  const types = [...counts].toSorted(([one, n], [other, m]) => m - n || one.localeCompare(other));
  const statements = Object.entries(Resources).flatMap(([name, resource]) => {
    const found = statementsOf(resource).flatMap(describeStatement);
    return found.length === 0 ? [] : ["", `${name} (${resource.Type})`, ...found];
  });
  return [...types.map(([type, count]) => `${String(count).padStart(4)}  ${type}`), ...statements].join("\n");
}

/** Returns the statements of a resource that grants permissions, including a role's trust policy. Otherwise, returns none. */
function statementsOf({ Type, Properties }) {
  switch (Type) {
    case "AWS::IAM::Role":
      return [
        Properties.AssumeRolePolicyDocument,
        ...Properties.Policies.map((policy) => policy.PolicyDocument),
      ].flatMap(({ Statement }) => Statement);
    case "AWS::IAM::ManagedPolicy":
    case "AWS::S3::BucketPolicy":
      return Properties.PolicyDocument.Statement;
    case "AWS::Lambda::Permission": {
      const { Action, Principal, FunctionName, ...conditions } = Properties;
      const { FunctionUrlAuthType, InvokedViaFunctionUrl, SourceArn } = conditions;
      const Condition = { FunctionUrlAuthType, InvokedViaFunctionUrl, SourceArn };
      return [{ Effect: "Allow", Action, Principal, Resource: FunctionName, Condition: { is: Condition } }];
    }
    default:
      return [];
  }
}

function describeStatement({ Effect, Action, Principal, Resource, Condition = {} }) {
  const conditions = Object.entries(Condition).flatMap(([operator, values]) =>
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `if  ${key} ${operator} ${listOf(value)}`),
  );
  return [
    `  ${Effect}  ${listOf(Action)}`,
    ...(Principal === undefined ? [] : [`to  ${principalsOf(Principal)}`]),
    ...[Resource ?? []].flat().map((resource) => `on  ${textOf(resource)}`),
    ...conditions,
  ].map((line, index) => (index === 0 ? line : `         ${line}`));
}

function principalsOf(principal) {
  if (typeof principal === "string" || "Fn::Sub" in principal) return textOf(principal);
  return Object.values(principal).map(listOf).join(", ");
}

function listOf(values) {
  return [values].flat().map(textOf).join(", ");
}

/** Writes intrinsic functions in the form that `Fn::Sub` uses. */
function textOf(value) {
  if (typeof value !== "object" || value === null) return String(value);
  const [[name, argument] = []] = Object.entries(value);
  switch (name) {
    case "Fn::Sub":
      return String([argument].flat()[0]);
    case "Ref":
      return `\${${argument}}`;
    case "Fn::GetAtt":
      return `\${${[argument].flat().join(".")}}`;
    case "Fn::Join":
      return argument[1].map(textOf).join(argument[0]);
    default:
      return JSON.stringify(value);
  }
}
