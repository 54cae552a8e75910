// The local DynamoDB, as other folders use it.
export { startDynamoDb } from "./start-dynamodb.ts";
