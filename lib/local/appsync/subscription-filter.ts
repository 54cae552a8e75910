// The filters that resolvers set for subscriptions.
// https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-enhanced-filtering.html
import { createError } from "./graphql-error.ts";

/** A message passes if it meets all filters of at least one group. */
export interface SubscriptionFilter {
  filterGroup: { filters: { fieldName: string; operator: string; value: unknown }[] }[];
}

/** Makes a filter from the short form `{ field: { operator: value } }`, as `util.transform.toSubscriptionFilter` does. */
export function toSubscriptionFilter(fields: Record<string, Record<string, unknown>>): SubscriptionFilter {
  const filters = Object.entries(fields).flatMap(([fieldName, conditions]) =>
    Object.entries(conditions).map(([operator, value]) => ({ fieldName, operator, value })),
  );
  const unknown = filters.find(({ operator }) => operator !== "eq");
  if (unknown) {
    throw createError(
      `Cannot filter: the local AppSync does not know the operator ${unknown.operator}; use eq`,
      "Code",
    );
  }
  return { filterGroup: [{ filters }] };
}

/** A field that the mutation's caller did not select is absent from the message, so no condition on it is met. */
export function passes({ filterGroup }: SubscriptionFilter, value: Record<string, unknown>): boolean {
  return filterGroup.some(({ filters }) => filters.every((each) => value[each.fieldName] === each.value));
}

/** The filter for a resolver that sets none: the subscriber's arguments have to equal the fields with the same names. */
export function filterOfArguments(args: Record<string, unknown>): SubscriptionFilter {
  const given = Object.entries(args).filter(([, value]) => value !== null && value !== undefined);
  return {
    filterGroup: [{ filters: given.map(([fieldName, value]) => ({ fieldName, operator: "eq", value })) }],
  };
}
