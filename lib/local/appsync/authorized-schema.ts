// Reads AppSync's directives in the schema: who may use each field, and from which mutations each subscription gets results.
// https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html#using-additional-authorization-modes
import { buildSchema, type DirectiveNode, type GraphQLObjectType, type GraphQLSchema } from "graphql";
import type { Caller } from "./appsync-options.ts";

const directives = `
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_api_key on OBJECT | FIELD_DEFINITION
directive @aws_oidc on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
`;
/**
 * The directives that say who may use a field, each with the authorization mode of the callers that it allows. `other` stands for
 * modes that the local API does not support.
 */
const modes: Record<string, Caller["mode"] | "other"> = {
  aws_iam: "iam",
  aws_api_key: "apiKey",
  aws_oidc: "other",
  aws_cognito_user_pools: "other",
};

/** Throws graphql's error if the text is not a schema. */
export function readSchema(text: string): GraphQLSchema {
  return buildSchema(`${directives}${text}`);
}

/** A field's own directives take the place of its type's directives. If neither has any, the API's default applies: IAM. */
export function isOpenTo(mode: Caller["mode"], type: GraphQLObjectType, fieldName: string): boolean {
  const ofField = modesIn(type.getFields()[fieldName]?.astNode?.directives);
  const ofType = modesIn(type.astNode?.directives);
  const found = [ofField, ofType, ["iam"]].find((each) => each.length > 0)!;
  return found.includes(mode);
}

function modesIn(nodes: readonly DirectiveNode[] = []): string[] {
  return nodes.flatMap(({ name }) => modes[name.value] ?? []);
}

/** The names of the mutations whose results a subscription gets. */
export function mutationsOf(schema: GraphQLSchema, subscription: string): string[] {
  const field = schema.getSubscriptionType()?.getFields()[subscription];
  const directive = field?.astNode?.directives?.find(({ name }) => name.value === "aws_subscribe");
  const list = directive?.arguments?.[0]?.value;
  return list?.kind === "ListValue"
    ? list.values.flatMap((each) => (each.kind === "StringValue" ? [each.value] : []))
    : [];
}
