// Tests the local DynamoDB with AWS's SDK: signatures, conditions, and the item that makes a condition fail.
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDynamoDb, type LocalDynamoDb } from "../../../lib/local/dynamodb/index.ts";
import { waitFor } from "../../support/deadline.ts";

const role = { accessKeyId: "ASIAROLE", secretAccessKey: "secret", sessionToken: "token" };

let dynamoDb: LocalDynamoDb;
let client: DynamoDBClient;
beforeAll(async () => {
  dynamoDb = await startDynamoDb({
    region: "us-east-1",
    credentials: (id) => (id === role.accessKeyId ? role : undefined),
  });
  client = clientWith(role);
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});

function clientWith(credentials: typeof role): DynamoDBClient {
  return new DynamoDBClient({ endpoint: dynamoDb.url, region: "us-east-1", credentials, maxAttempts: 1 });
}

describe("a caller", () => {
  test.each([
    ["an unknown access key", { ...role, accessKeyId: "ASIAOTHER" }, "UnrecognizedClientException"],
    ["another secret", { ...role, secretAccessKey: "other" }, "InvalidSignatureException"],
    ["another session token", { ...role, sessionToken: "other" }, "UnrecognizedClientException"],
  ])("a caller with %s is rejected", async (_, credentials, name) => {
    const other = clientWith(credentials);
    const get = new GetItemCommand({
      TableName: dynamoDb.table,
      Key: { answer: { S: "a" }, part: { S: "b" } },
    });
    await expect(waitFor("the response", other.send(get))).rejects.toMatchObject({ name });
    other.destroy();
  });

  test.each([
    ["without a signature", {}],
    ["from a web page", { origin: "https://example.com" }],
  ])("a request %s is rejected", async (_, headers) => {
    const response = await fetch(dynamoDb.url, {
      method: "POST",
      headers: { "x-amz-target": "DynamoDB_20120810.ListTables", ...headers },
      body: "{}",
    });
    expect(response.status).toBe(403);
  });
});

describe("the table of answers", () => {
  test("the table of answers has the keys of the deployed table, and returns the parts of an answer in order", async () => {
    for (const part of ["2", "1", "3"]) {
      await client.send(
        new PutItemCommand({
          TableName: dynamoDb.table,
          Item: { answer: { S: "sorted" }, part: { S: part } },
        }),
      );
    }
    const { Items } = await client.send(
      new QueryCommand({
        TableName: dynamoDb.table,
        KeyConditionExpression: "answer = :answer",
        ExpressionAttributeValues: { ":answer": { S: "sorted" } },
      }),
    );
    expect(Items?.map(({ part }) => part?.S)).toEqual(["1", "2", "3"]);
  });

  test("the table of answers returns the item that makes a condition fail, if the request asks for it", async () => {
    const put = (text: string, more: object = {}) =>
      client.send(
        new PutItemCommand({
          TableName: dynamoDb.table,
          Item: { answer: { S: "taken" }, part: { S: "1" }, text: { S: text } },
          ConditionExpression: "attribute_not_exists(answer)",
          ...more,
        }),
      );
    await put("first");
    const asked = await put("second", { ReturnValuesOnConditionCheckFailure: "ALL_OLD" }).catch(itself);
    expect(asked).toBeInstanceOf(ConditionalCheckFailedException);
    expect(asked).toMatchObject({ Item: { text: { S: "first" } } });
    const notAsked = await put("third").catch(itself);
    expect(notAsked).toBeInstanceOf(ConditionalCheckFailedException);
    expect((notAsked as ConditionalCheckFailedException).Item).toBeUndefined();
  });
});

function itself(error: unknown): unknown {
  return error;
}
