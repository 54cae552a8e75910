// Runs a resolver's deployed code, in a context that has AppSync's objects and none of Node's.
// https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-js-version.html
import { randomUUID } from "node:crypto";
import { createContext, Script } from "node:vm";
import { build, type Plugin } from "esbuild";
import { GraphQLError } from "graphql";
import { createError } from "./graphql-error.ts";
import { toSubscriptionFilter, type SubscriptionFilter } from "./subscription-filter.ts";

/** The argument of a resolver's two handlers, `request` and `response`. */
export interface ResolverContext {
  args: Record<string, unknown>;
  arguments: Record<string, unknown>;
  identity: Record<string, unknown> | null;
  source: unknown;
  stash: Record<string, unknown>;
  info: { fieldName: string; parentTypeName: string; variables: Record<string, unknown> };
  result?: unknown;
  error?: { message: string; type: string };
}

export interface ResolverCode {
  /** Returns the request to the data source. Throws a `GraphQLError`. */
  request(context: ResolverContext): unknown;
  /** Returns the field's value, and the filter if a subscription has set one. Throws a `GraphQLError`. */
  response(context: ResolverContext): { value: unknown; filter: SubscriptionFilter | undefined };
}

/** Rejects with esbuild's error if the code cannot be bundled. */
export async function loadResolver(file: string): Promise<ResolverCode> {
  let filter: SubscriptionFilter | undefined;
  const extensions = {
    setSubscriptionFilter(value: SubscriptionFilter): void {
      filter = value;
    },
  };
  const context = createContext({ util: createUtil(), extensions });
  new Script(await bundle(file), { filename: file }).runInContext(context);
  const handlers = context["resolver"] as Record<"request" | "response", (context: unknown) => unknown>;

  function call(name: "request" | "response", argument: ResolverContext): unknown {
    try {
      return copy(handlers[name](argument));
    } catch (error) {
      if (error instanceof GraphQLError) throw error;
      // AppSync's response says only "Runtime Error", and the details go to the API's log. Here they are printed as a warning.
      process.emitWarning(`${file}: ${String(error)}`);
      throw createError("Runtime Error", "Code");
    }
  }

  return {
    request: (argument) => call("request", argument),
    response(argument) {
      // Handlers are synchronous, so no other call can set the filter before this call has returned.
      filter = undefined;
      const value = call("response", argument);
      return { value, filter };
    },
  };
}

/** The functions that the deployed resolvers use. Calling any other function is a runtime error. */
function createUtil() {
  return {
    autoId: () => randomUUID(),
    error(message: string, errorType?: string, data?: unknown, errorInfo?: unknown): never {
      throw createError(message, errorType, copy(data), copy(errorInfo));
    },
    unauthorized(): never {
      throw createError("Unauthorized", "Unauthorized");
    },
    transform: { toSubscriptionFilter },
  };
}

/** Copies a value out of the resolver's context, because the prototypes of its objects are not Node's. */
function copy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

/** Replaces AWS's package, which contains only types, with a module that exports the objects of the resolver's context. */
const runtimeModule: Plugin = {
  name: "runtime-module",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-appsync\/utils$/ }, ({ path }) => ({ path, namespace: "runtime" }));
    onLoad({ filter: /.*/, namespace: "runtime" }, () => ({
      contents: "export const util = globalThis.util; export const extensions = globalThis.extensions;",
    }));
  },
};

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "resolver",
    plugins: [runtimeModule],
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}
