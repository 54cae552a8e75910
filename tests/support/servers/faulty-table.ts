// A server in front of the local DynamoDB. It records the calls, and fails or delays those that a test chooses.
import { request as requestHttp, type ServerResponse } from "node:http";
import { withResolvers } from "../../../lib/shared/with-resolvers.ts";
import { waitFor } from "../deadline.ts";
import { readBody, serve } from "./http-server.ts";

export interface TableCall {
  /** The operation's name, such as `PutItem`. */
  operation: string;
  input: { Item?: Record<string, { S?: string; B?: string }>; UpdateExpression?: string };
}

export interface FaultyTable {
  /** The value for `AWS_ENDPOINT_URL_DYNAMODB`. */
  url: string;
  /** All calls so far. */
  calls: TableCall[];
  /**
   * Called with each call before the call reaches the table. If the promise resolves with undefined, the call goes on. `cut`
   * closes the connection. Any other text is the name of the DynamoDB error that is sent as the response.
   */
  onCall: (call: TableCall) => Promise<string | undefined>;
  /** Called before a response of the table is passed on. If the promise resolves with `lost`, the connection is closed. */
  onResponse: (call: TableCall) => Promise<"lost" | undefined>;
  /** Resolves when the condition holds for a call. This can be a call that has already come. */
  until(label: string, condition: (call: TableCall) => boolean): Promise<void>;
  close(): Promise<void>;
}

const serverErrors = ["InternalServerError", "ServiceUnavailable"];

/** `target` returns the URL of the local DynamoDB. */
export async function startFaultyTable(target: () => string): Promise<FaultyTable> {
  const watchers = new Set<(call: TableCall) => void>();
  const server = await serve(async (request, response) => {
    const body = await readBody(request);
    const operation = String(request.headers["x-amz-target"]).split(".")[1]!;
    const call: TableCall = { operation, input: JSON.parse(body.toString()) as TableCall["input"] };
    table.calls.push(call);
    for (const watch of watchers) watch(call);
    const fault = await table.onCall(call);
    if (fault === "cut") return void response.destroy();
    if (fault !== undefined) return sendError(response, fault);
    const passed = requestHttp(target(), { method: "POST", headers: request.headers }, async (answer) => {
      const bytes = await readBody(answer);
      if ((await table.onResponse(call)) === "lost") return void response.destroy();
      response.writeHead(answer.statusCode!, answer.headers).end(bytes);
    });
    passed.on("error", () => response.destroy());
    passed.end(body);
  });
  const table: FaultyTable = {
    url: server.url,
    calls: [],
    onCall: async () => undefined,
    onResponse: async () => undefined,
    until(label, condition) {
      const { promise, resolve } = withResolvers<void>();
      function watch(call: TableCall): void {
        if (!condition(call)) return;
        watchers.delete(watch);
        resolve();
      }
      watchers.add(watch);
      table.calls.forEach(watch);
      return waitFor(label, promise);
    },
    close: server.close,
  };
  return table;
}

/** DynamoDB's form of an error: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
function sendError(response: ServerResponse, name: string): void {
  response.writeHead(serverErrors.includes(name) ? 500 : 400, {
    "content-type": "application/x-amz-json-1.0",
  });
  const message = "An error that the test asked for";
  response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }));
}
