// The errors of a GraphQL API in AppSync's form.
import { GraphQLError, type GraphQLFormattedError } from "graphql";

/** Makes the same error as a resolver's `util.error`. */
export function createError(
  message: string,
  errorType: string | null = null,
  data: unknown = null,
  errorInfo: unknown = null,
): GraphQLError {
  return new GraphQLError(message, { extensions: { errorType, data, errorInfo } });
}

/** AppSync's error for a field that the caller's mode or policy does not allow. */
export function unauthorized(fieldName: string, typeName: string): GraphQLError {
  return createError(`Not Authorized to access ${fieldName} on type ${typeName}`, "Unauthorized");
}

export interface AppSyncError {
  path: GraphQLFormattedError["path"] | null;
  data: unknown;
  errorType: string | null;
  errorInfo: unknown;
  locations: { line: number; column: number; sourceName: null }[] | null;
  message: string;
}

export function formatError({ path, extensions, locations, message }: GraphQLError): AppSyncError {
  const { data = null, errorType = null, errorInfo = null } = extensions;
  const places = locations?.map(({ line, column }) => ({ line, column, sourceName: null }));
  return {
    path: path ?? null,
    data,
    errorType: errorType as string | null,
    errorInfo,
    locations: places ?? null,
    message,
  };
}

/** Formats an error in a request that does not fit the schema. AppSync words these messages differently. */
export function formatValidationError(error: GraphQLError): AppSyncError {
  return {
    ...formatError(error),
    errorType: "ValidationError",
    message: `Validation error: ${error.message}`,
  };
}
