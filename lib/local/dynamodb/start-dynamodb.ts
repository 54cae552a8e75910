// Starts the local DynamoDB with the table of answers, which is lost when the process ends. Requests must have a valid signature.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { type ApiServer, startApiServer } from "../api-server.ts";
import { receiveSigned, type ApiError, type SigningScope } from "../signed-request.ts";
import { createEmbeddedDynamoDb, type CallDynamoDb } from "./embedded-dynamodb.ts";
import { withRefusedItems } from "./refused-item.ts";

export type LocalDynamoDbOptions = Omit<SigningScope, "service">;

/** The URL is for `AWS_ENDPOINT_URL_DYNAMODB`. */
export interface LocalDynamoDb extends ApiServer {
  /** The name of the table of answers. */
  table: string;
}

const table = "deltapipe-local-answers";
const parameters = { ofFunction: { answerRetentionMinutes: "60" } };
/** The table as the deployment describes it. */
const { answerTable } = createRequire(import.meta.url)("../../deployment/answer-table.cjs") as {
  answerTable: (given: typeof parameters) => { AnswerTable: { Properties: Record<string, unknown> } };
};

export async function startDynamoDb(options: LocalDynamoDbOptions): Promise<LocalDynamoDb> {
  const call = withRefusedItems(createEmbeddedDynamoDb());
  await createTable(call);
  const server = await startApiServer((request, response) => serve(request, response, { options, call }));
  return { ...server, table };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { options, call }: { options: LocalDynamoDbOptions; call: CallDynamoDb },
): Promise<void> {
  const received = await receiveSigned(request, { ...options, service: "dynamodb" });
  if (received === undefined) return;
  if ("status" in received) return sendError(response, received);
  const { status, headers, body } = await call({ headers: request.headers, body: received.body });
  response.writeHead(status, headers).end(body);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html#Programming.LowLevelAPI.ErrorResponses */
function sendError(response: ServerResponse, { status, type, message }: ApiError): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }));
}

/**
 * Leaves out the time to live, which dynalite does not support. The functions do not rely on it, because DynamoDB itself may
 * delete an item days after it has expired.
 */
async function createTable(call: CallDynamoDb): Promise<void> {
  const { TimeToLiveSpecification: _, ...definition } = answerTable(parameters).AnswerTable.Properties;
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "DynamoDB_20120810.CreateTable",
    "x-amz-date": "20260101T000000Z",
    // dynalite requires a signature, but does not verify it.
    authorization: "AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none",
  };
  const input = { TableName: table, ...definition };
  const { status, body } = await call({ headers, body: Buffer.from(JSON.stringify(input)) });
  if (status !== 200) throw new Error(`Cannot create the table of answers: dynalite responded with ${body}`);
}
