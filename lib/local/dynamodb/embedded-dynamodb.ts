// DynamoDB's operations on tables in this process's memory, by dynalite. Nothing listens on a port.
// https://github.com/architect/dynalite
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { withResolvers } from "../../shared/with-resolvers.ts";

export interface DynamoDbRequest {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface DynamoDbResponse {
  status: number;
  headers: Record<string, string | number>;
  body: string;
}

/** Calls one operation, which the header `x-amz-target` names. */
export type CallDynamoDb = (request: DynamoDbRequest) => Promise<DynamoDbResponse>;

/** Loads dynalite, which takes a moment. */
export function createEmbeddedDynamoDb(): CallDynamoDb {
  const dynalite = createRequire(import.meta.url)("dynalite") as (options: object) => Server;
  const [serve] = dynalite({ createTableMs: 0 }).listeners("request") as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[];
  return ({ headers, body }) => {
    const { promise, resolve } = withResolvers<DynamoDbResponse>();
    const sent: DynamoDbResponse["headers"] = {};
    const response = {
      statusCode: 200,
      setHeader: (name: string, value: string | number) => void (sent[name] = value),
      end: (text: string) => resolve({ status: response.statusCode, headers: sent, body: text }),
    };
    const request = Object.assign(Readable.from([body]), { method: "POST", url: "/", headers });
    serve!(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    return promise;
  };
}
