// Schema of the GraphQL API, with the callers that the deployment has.
//
// https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html: a field or type without a directive would be open
// to IAM callers only, because IAM is the API's default.

const directives = { userPool: "@aws_cognito_user_pools", oidc: "@aws_oidc" };

/**
 * `apiKey`: whether there is an API key. `users`: the kind of the users' tokens, `userPool`, `oidc` or `none`. Without an
 * API key, the schema does not have what only its holders use.
 */
function schemaFor({ apiKey, users }) {
  const callers = ["@aws_iam", directives[users], apiKey && "@aws_api_key"].filter(Boolean).join(" ");
  const withKey = (text) => (apiKey ? text : "");
  return `schema {
  query: Query
  mutation: Mutation
  subscription: Subscription
}

type Query {
  "Answers null. A schema must have a query."
  ping: Boolean
}

type Mutation {
  "Starts an answer and returns at once. Subscribe first: nothing is kept for later."
  startConversation(input: StartConversationInput!): Conversation ${callers}
  "For the function that answers."
  publish(input: PublishInput!): Message @aws_iam${withKey(`
  "Starts an answer for the subscription chat."
  ask(chatId: String!, prompt: String!): Message @aws_api_key
  "Does nothing, and holders of the API key may not call it."
  send(chatId: String!, data: String!): Message @aws_iam`)}
}

type Subscription {
  "The answers that the caller has started with this id."
  onMessage(conversationId: ID!): Message @aws_subscribe(mutations: ["publish"]) ${callers}${withKey(`
  "The text of the answers that ask has started."
  chat(chatId: String!): Message @aws_subscribe(mutations: ["publish"]) @aws_api_key
  "The text of the answers that startConversation has started."
  onReceiveChunk(conversationId: ID!): Message @aws_subscribe(mutations: ["publish"]) @aws_api_key`)}
}

input StartConversationInput {
  conversationId: ID!
  "JSON text, like the body of POST / on the Function URL. Either this or prompt."
  request: String
  prompt: String
}

type Conversation ${callers} {
  conversationId: ID!
  "Also in every message of the answer."
  requestId: ID!
  status: String!
}

input PublishInput {
  conversationId: ID!
  owner: String!
  message: String!${withKey(`
  requestId: ID
  run: String
  seq: Int
  text: String
  stopReason: String
  errorName: String
  errorMessage: String`)}
}

type Message ${callers} {
  conversationId: ID!
  "The caller who started the answer."
  owner: String
  "JSON text with the number of the message and lines of the answer."
  message: String${withKey(`
  chatId: String
  "The text in this message, perhaps empty."
  data: String
  "The same text."
  chunk: String
  "The answer's."
  requestId: ID
  "Differs if the answer is given twice."
  run: String
  "The number of the message, from 0. A repeated number in one run is a repeated message."
  seq: Int
  "Set in the last message of a complete answer."
  stopReason: String
  "Set in the last message of an answer that failed."
  errorName: String
  errorMessage: String`)}
}
`;
}

module.exports = { schemaFor };
