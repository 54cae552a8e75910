// The function behind the GraphQL API, and the services that it calls: the local Bedrock, and a server for mutations. The server
// checks each signature with AWS's own implementation, and executes the mutations with the deployed schema and resolver.
import type { ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { buildSchema, graphql } from "graphql";
import {
  request as publishRequest,
  response as publishResponse,
} from "../../../lib/appsync/resolvers/publish.js";
import { linesOf, type PushedMessage } from "../push/pushed-lines.ts";
import { readBody, serve } from "./http-server.ts";
import { openPushService, type PushService, type PushServiceOptions } from "./push-service.ts";

const require = createRequire(import.meta.url);
const { appSyncApi } = require("../../../lib/appsync/index.cjs") as {
  appSyncApi: (callers: { apiKey: boolean; users: string }) => { schema: string };
};

/** The fields that the mutation selected. A subscriber cannot get any other field. */
export interface Published {
  conversationId: string;
  owner: string;
  message: string;
  chatId?: string;
  data?: string;
  chunk?: string;
  requestId?: string;
  run?: string;
  seq?: number;
  stopReason?: string | null;
  errorName?: string | null;
  errorMessage?: string | null;
}

/**
 * Either sends a response and returns true, or returns false, so that the mutation gets the usual successful response.
 * `count` is the number of mutations so far, including this one.
 */
export type Intercept = (response: ServerResponse, count: number, published: Published) => boolean;

export interface AppSyncService extends PushService {
  /** The mutations that the server accepted, in order of arrival. */
  published: Published[];
  messages(): PushedMessage[];
  /** The lines of all messages, parsed. */
  lines(): { type: string; [more: string]: unknown }[];
  /** The number of mutations, including those that failed. */
  attempts(): number;
  onPublish(intercept: Intercept): void;
  /** Invokes the function as AppSync does for a question. */
  ask(body: string, owner?: string): Promise<unknown>;
}

export const conversationId = "5f0c4f3a-7f0f-4a43-9d3f-6a1f0f4a1c11";
export const requestId = "1d8bd7d1-5b0f-4b5e-8c7e-2b7f6d1f0a55";
export const callerArn = "arn:aws:iam::123456789012:user/ida";

/** Directives that AppSync defines itself. The package `graphql` needs these definitions. */
const directives = `directive @aws_iam on FIELD_DEFINITION | OBJECT
directive @aws_api_key on FIELD_DEFINITION | OBJECT
directive @aws_oidc on FIELD_DEFINITION | OBJECT
directive @aws_cognito_user_pools on FIELD_DEFINITION | OBJECT
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
`;

/** The API's schema as `graphql` reads it. Throws an Error if it is not a valid schema. */
export function readSchema(apiKey: boolean, users = "none") {
  return buildSchema(directives + appSyncApi({ apiKey, users }).schema);
}

/** `apiKey` decides whether the schema has the operations for holders of an API key. */
export async function startAppSyncService(
  apiKey: boolean,
  options: PushServiceOptions = {},
): Promise<AppSyncService> {
  const published: Published[] = [];
  let attempts = 0;
  let intercept: Intercept = () => false;
  const schema = readSchema(apiKey);
  const { isSigned, check, importHandler, ...service } = await openPushService(options);

  const api = await serve(async (request, response) => {
    const body = await readBody(request);
    if (!(await isSigned(request, body, "appsync")) || request.url !== "/graphql") {
      service.faults.push(`${request.method} ${request.url}`);
      return void response.writeHead(403).end();
    }
    const { query, variables, operationName } = JSON.parse(body.toString()) as {
      query: string;
      operationName: string;
      variables: Record<string, unknown>;
    };
    const result = await graphql({
      schema,
      source: query,
      operationName,
      variableValues: variables,
      rootValue: {
        publish: (args: object) => publishResponse({ result: publishRequest({ args }).payload }),
      },
    });
    if (result.errors) service.faults.push(...result.errors.map(({ message }) => message));
    const { publish } = result.data as unknown as { publish: Published };
    if (!intercept(response, ++attempts, publish)) {
      published.push({ ...publish });
      response.end(JSON.stringify(result));
    }
    check();
  });

  const invoke = await importHandler(() => import("../../../handlers/appsync.ts"), {
    DELTAPIPE_APPSYNC_ENDPOINT: `${api.url}graphql`,
  });

  return {
    ...service,
    published,
    messages: () => published.map(({ message }) => JSON.parse(message) as PushedMessage),
    lines: () =>
      linesOf(published.map(({ message }) => message)).map((line) => JSON.parse(line) as { type: string }),
    attempts: () => attempts,
    onPublish: (next) => (intercept = next),
    invoke,
    ask: (body, owner = `iam:${callerArn}`) =>
      invoke({ job: { conversationId, owner, requestId, ...(owner !== "key" && { callerArn }), body } }),
    async close() {
      await Promise.all([service.close(), api.close()]);
    },
  };
}
