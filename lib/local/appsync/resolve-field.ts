// Resolves one field of a request: checks the caller, then runs the field's resolver, if it has one.
import {
  GraphQLError,
  Kind,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from "graphql";
import type { AppSyncOptions, Caller } from "./appsync-options.ts";
import { isOpenTo } from "./authorized-schema.ts";
import { unauthorized } from "./graphql-error.ts";
import { loadResolver, type ResolverCode, type ResolverContext } from "./resolver-code.ts";
import { filterOfArguments, type SubscriptionFilter } from "./subscription-filter.ts";

/** An object that a mutation has returned, or that a subscriber gets. */
export type Fields = Record<string, unknown>;

/** The context of one execution of a request. */
export interface Execution {
  caller: Caller;
  sourceIp: string;
  /** The results of the request's mutations, with only the fields that the caller has selected. */
  results: { mutation: string; value: Fields }[];
  /** Set when the field of a subscription is resolved. */
  started?: { subscription: string; filter: SubscriptionFilter };
  /** True for a message to a subscriber. Its values are already known, so no resolver runs. */
  isDelivery: boolean;
}

type Options = Pick<AppSyncOptions, "api" | "permits" | "invokeLater">;
type Resolver = ResolverCode & { dataSource: "function" | "none" };

/** Rejects if a resolver cannot be read. */
export async function createFieldResolver(
  options: Options,
): Promise<GraphQLFieldResolver<Fields, Execution>> {
  const resolvers = new Map<string, Resolver>();
  for (const { typeName, fieldName, file, dataSource } of options.api.resolvers) {
    resolvers.set(`${typeName}.${fieldName}`, { ...(await loadResolver(file)), dataSource });
  }

  return (source, args: Fields, execution, info) => {
    const { fieldName, parentType, operation } = info;
    const name = `${parentType.name}.${fieldName}`;
    if (!isAllowed(execution.caller, info, options)) throw unauthorized(fieldName, parentType.name);
    const resolver = execution.isDelivery ? undefined : resolvers.get(name);
    if (!resolver) return source?.[fieldName];
    const { value, filter } = runResolver(resolver, contextOf(args, execution, info), options);
    if (operation.operation === "subscription") {
      execution.started = { subscription: fieldName, filter: filter ?? filterOfArguments(args) };
    } else if (typeof value === "object" && value !== null) {
      execution.results.push({ mutation: fieldName, value: selected(value as Fields, info) });
    }
    return value;
  };
}

/** IAM's policies are checked only for the fields at the top of a request. */
function isAllowed(caller: Caller, { parentType, fieldName, path }: GraphQLResolveInfo, options: Options) {
  if (!isOpenTo(caller.mode, parentType, fieldName)) return false;
  const isNested = path.prev !== undefined;
  return (
    isNested || caller.mode !== "iam" || options.permits(caller.identity, `${parentType.name}.${fieldName}`)
  );
}

/** If the data source is the function, the result is null, because the function is invoked asynchronously. */
function runResolver(resolver: Resolver, context: ResolverContext, { invokeLater }: Options) {
  const { payload = null, invocationType } = resolver.request(context) as Record<string, unknown>;
  if (resolver.dataSource === "none") return resolver.response({ ...context, result: payload });
  if (invocationType !== "Event") {
    throw new GraphQLError(
      "Cannot invoke the function: the local AppSync supports only asynchronous invocations; use the invocationType Event",
    );
  }
  invokeLater(payload);
  return resolver.response({ ...context, result: null });
}

function contextOf(args: Fields, { caller, sourceIp }: Execution, info: GraphQLResolveInfo): ResolverContext {
  const { fieldName, parentType, variableValues } = info;
  return {
    args,
    arguments: args,
    identity: identityOf(caller, sourceIp),
    source: null,
    stash: {},
    info: { fieldName, parentTypeName: parentType.name, variables: variableValues },
  };
}

/** The identity of a user or a role in IAM. A caller with an API key has none. */
function identityOf(caller: Caller, sourceIp: string): Fields | null {
  if (caller.mode === "apiKey") return null;
  const { accountId, userArn, userId } = caller.identity;
  return {
    accountId,
    cognitoIdentityPoolId: null,
    cognitoIdentityId: null,
    sourceIp: [sourceIp],
    username: userId,
    userArn,
    cognitoIdentityAuthType: null,
    cognitoIdentityAuthProvider: null,
  };
}

/** Subscribers get only those fields of a mutation that its caller has selected. */
function selected(value: Fields, { fieldNodes, fragments }: GraphQLResolveInfo): Fields {
  const names = new Set<string>();
  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else collect(fragments[selection.name.value]!.selectionSet);
    }
  }
  for (const { selectionSet } of fieldNodes) if (selectionSet) collect(selectionSet);
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name)));
}
