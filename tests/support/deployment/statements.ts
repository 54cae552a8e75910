// Reads the IAM statements of the functions that send messages, so that tests can compare them with the statements of the
// Function URL's function.
import { propertiesOf, roleStatements, type Statement, type Template } from "./template.ts";

/** The statements of a role with one policy. */
export function statementsOf(template: Template, role: string): Statement[] {
  const [policy] = propertiesOf(template, role)["Policies"] as [
    { PolicyDocument: { Statement: Statement[] } },
  ];
  return policy.PolicyDocument.Statement;
}

/**
 * The statements for models, guardrail, answer store and tracing, which every function has. The default role is that of the
 * Function URL's function.
 */
export function sharedStatements(template: Template, role?: string): string[] {
  const statements = role === undefined ? roleStatements(template) : statementsOf(template, role);
  return asTexts(statements.filter(isShared));
}

/** The statements that only this role has, as pairs of actions and resources. */
export function ownStatements(template: Template, role: string): [string[], unknown][] {
  return statementsOf(template, role)
    .filter((statement) => !isShared(statement))
    .map(({ Action, Resource }) => [Action, Resource]);
}

/** The statements of the callers' policy. */
export function callerStatements(template: Template): Statement[] {
  return (propertiesOf(template, "CallerPolicy")["PolicyDocument"] as { Statement: Statement[] }).Statement;
}

function isShared({ Action }: Statement): boolean {
  return /^(bedrock|dynamodb|xray):/.test(String(Action));
}

/**
 * Returns one text for each action, because some statements have several actions. Resources are always in a list, because osls
 * writes a single resource without a list.
 */
function asTexts(statements: Statement[]): string[] {
  return statements
    .flatMap(({ Action, Resource, Condition }) =>
      Action.map((action) => JSON.stringify([action, [Resource].flat(), Condition])),
    )
    .toSorted();
}
