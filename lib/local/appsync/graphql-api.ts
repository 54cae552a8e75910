// The GraphQL API without HTTP and WebSockets: runs requests with the deployed resolvers, and passes results on to subscribers.
import { executeSync, type DocumentNode, type ExecutionResult } from "graphql";
import type { AppSyncOptions, Caller } from "./appsync-options.ts";
import { mutationsOf, readSchema } from "./authorized-schema.ts";
import { formatError } from "./graphql-error.ts";
import { checkRequest, type Answer, type GraphQLRequest, type GraphQLResponse } from "./graphql-request.ts";
import { createFieldResolver, type Execution, type Fields } from "./resolve-field.ts";
import { passes, type SubscriptionFilter } from "./subscription-filter.ts";

export interface CalledBy {
  caller: Caller;
  sourceIp: string;
}

/** `end` stops the subscription. It is absent if the subscription was not accepted. */
export interface Subscribed extends Answer {
  end?: () => void;
}

export interface GraphQLApi {
  /** Runs a query or a mutation. */
  execute(request: GraphQLRequest, by: CalledBy): Answer;
  /** Calls `deliver` with each message, in order. */
  subscribe(request: GraphQLRequest, by: CalledBy, deliver: (response: GraphQLResponse) => void): Subscribed;
}

interface Subscription {
  mutations: string[];
  filter: SubscriptionFilter;
  send: (value: Fields) => void;
}

/** Rejects if the schema or a resolver cannot be read. */
export async function createGraphQLApi(
  options: Pick<AppSyncOptions, "api" | "permits" | "invokeLater">,
): Promise<GraphQLApi> {
  const schema = readSchema(options.api.schema);
  const fieldResolver = await createFieldResolver(options);
  const subscriptions = new Set<Subscription>();

  function run(document: DocumentNode, request: GraphQLRequest, contextValue: Execution, rootValue?: Fields) {
    const { variables, operationName } = request;
    const result = executeSync({
      schema,
      document,
      rootValue,
      contextValue,
      variableValues: variables ?? {},
      operationName: operationName ?? null,
      fieldResolver,
    });
    return formatResult(result);
  }

  return {
    execute(request, by) {
      const checked = checkRequest(schema, request, false);
      if ("response" in checked) return checked;
      const execution: Execution = { ...by, results: [], isDelivery: false };
      const response = run(checked.document, request, execution);
      for (const { mutation, value } of execution.results) {
        for (const { mutations, filter, send } of subscriptions) {
          if (mutations.includes(mutation) && passes(filter, value)) send(value);
        }
      }
      return { fields: checked.fields, response };
    },

    subscribe(request, by, deliver) {
      const checked = checkRequest(schema, request, true);
      if ("response" in checked) return checked;
      const { document, fields } = checked;
      const execution: Execution = { ...by, results: [], isDelivery: false };
      const response = run(document, request, execution);
      const { started } = execution;
      if (response.errors || !started) return { fields, response };
      const { subscription, filter } = started;
      const delivery: Execution = { ...by, results: [], isDelivery: true };
      const active: Subscription = {
        mutations: mutationsOf(schema, subscription),
        filter,
        send: (value) => deliver(run(document, request, delivery, { [subscription]: value })),
      };
      subscriptions.add(active);
      return { fields, response, end: () => void subscriptions.delete(active) };
    },
  };
}

function formatResult({ data = null, errors }: ExecutionResult): GraphQLResponse {
  return errors ? { data, errors: errors.map(formatError) } : { data };
}
