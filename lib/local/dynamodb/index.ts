// The local DynamoDB, as other folders use it.
export { startDynamoDb, type LocalDynamoDb } from "./start-dynamodb.ts";
