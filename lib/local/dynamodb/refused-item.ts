// When a write's condition fails, adds the existing item to the error response if the request asks for it. DynamoDB has this
// option, but dynalite does not.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#DDB-PutItem-request-ReturnValuesOnConditionCheckFailure
import { isObject, parseObject, type Members } from "../../shared/json-object.ts";
import type { CallDynamoDb, DynamoDbRequest, DynamoDbResponse } from "./embedded-dynamodb.ts";

const keyNames = ["answer", "part"];

export function withRefusedItems(call: CallDynamoDb): CallDynamoDb {
  return async (request) => {
    const response = await call(request);
    const input = parseObject(request.body.toString()) ?? {};
    const isWanted = input["ReturnValuesOnConditionCheckFailure"] === "ALL_OLD";
    if (!isWanted || !response.body.includes("ConditionalCheckFailedException")) return response;
    const item = await readItem(input, request, call);
    return { ...response, headers: withoutLength(response), body: withItem(response.body, item) };
  };
}

/** Reads the item after the condition has failed. If another write has changed the item in between, this is the newer version. */
async function readItem(input: Members, { headers }: DynamoDbRequest, call: CallDynamoDb): Promise<unknown> {
  const item = (input["Item"] ?? input["Key"]) as Members;
  const read = {
    TableName: input["TableName"],
    Key: Object.fromEntries(keyNames.map((name) => [name, item[name]])),
    ConsistentRead: true,
  };
  const target = { ...headers, "x-amz-target": "DynamoDB_20120810.GetItem" };
  const { body } = await call({ headers: target, body: Buffer.from(JSON.stringify(read)) });
  return parseObject(body)?.["Item"];
}

function withItem(body: string, item: unknown): string {
  return isObject(item) ? JSON.stringify({ ...parseObject(body), Item: item }) : body;
}

/** The body becomes longer, and has another checksum. */
function withoutLength({ headers }: DynamoDbResponse): DynamoDbResponse["headers"] {
  const changed = ["content-length", "x-amz-crc32"];
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !changed.includes(name.toLowerCase())),
  );
}
