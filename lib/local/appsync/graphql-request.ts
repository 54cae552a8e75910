// Reads a GraphQL request and checks it against the schema, before any part of it runs.
import {
  getOperationAST,
  GraphQLError,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from "graphql";
import { isObject, parseObject } from "../../shared/json-object.ts";
import { createError, formatError, formatValidationError, type AppSyncError } from "./graphql-error.ts";
import type { Fields } from "./resolve-field.ts";

export interface GraphQLRequest {
  query: string;
  operationName?: string | null;
  variables?: Fields | null;
}

export interface GraphQLResponse {
  data: unknown;
  errors?: AppSyncError[];
}

/** The fields at the top of the request, such as `Mutation.publish`, and the response to the caller. */
export interface Answer {
  fields: string[];
  response: GraphQLResponse;
}

/** Returns undefined if the text is not a GraphQL request. Unknown members are ignored. */
export function readGraphQLRequest(text: string): GraphQLRequest | undefined {
  const { query, operationName = null, variables = null } = parseObject(text) ?? {};
  const isValid =
    typeof query === "string" &&
    (operationName === null || typeof operationName === "string") &&
    (variables === null || isObject(variables));
  return isValid ? { query, operationName, variables } : undefined;
}

/** Returns the document, or the response to a request that cannot be run. */
export function checkRequest(
  schema: GraphQLSchema,
  { query, operationName }: GraphQLRequest,
  isSubscription: boolean,
): Checked {
  const document = parsed(query);
  if (!document) return { fields: [], response: unreadable };
  const problems = validate(schema, document);
  if (problems.length > 0) return refused(problems.map(formatValidationError));
  const operation = getOperationAST(document, operationName);
  if (!operation) return refused([formatError(unknownOperation(operationName))]);
  const type = schema.getRootType(operation.operation)!.name;
  const fields = operation.selectionSet.selections.map((each) =>
    each.kind === "Field" ? `${type}.${each.name.value}` : type,
  );
  if ((operation.operation === "subscription") === isSubscription) return { document, fields };
  const message = `${operation.operation} not supported through this channel`;
  return { ...refused([formatError(createError(message, "UnsupportedOperation"))]), fields };
}

type Checked = { document: DocumentNode; fields: string[] } | Answer;

/** AppSync's response to a query that cannot be parsed. */
const unreadable: GraphQLResponse = {
  data: null,
  errors: [formatError(createError("Unable to parse GraphQL query.", "MalformedHttpRequestException"))],
};

/** The error if the document has no operation with the request's name, or if it has several and the request has no name. */
function unknownOperation(name: string | null | undefined): GraphQLError {
  const message = name
    ? `Unknown operation named '${name}'.`
    : "Must provide operation name if query contains multiple operations.";
  return createError(message, "BadRequestException");
}

function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

function refused(errors: AppSyncError[]): Answer {
  return { fields: [], response: { data: null, errors } };
}
