// The schema of the GraphQL API, for the kinds of callers that the deployment allows.
//
// https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html: a field or type without a directive would be open
// to IAM callers only, because IAM is the API's default.

const directives = { userPool: "@aws_cognito_user_pools", oidc: "@aws_oidc" };

/**
 * `apiKey`: whether there is an API key. `users`: the kind of the users' tokens, `userPool`, `oidc` or `none`. Without an
 * API key, the schema leaves out everything that only holders of the key use.
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
  "Returns null. It exists because a schema must have a query."
  ping: Boolean
}

type Mutation {
  "Starts an answer and returns at once. Subscribe first: messages are not kept for later subscribers."
  startConversation(input: StartConversationInput!): Conversation ${callers}
  "Only the function that answers may call this."
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
  "JSON text, like the body of POST / on the Function URL. Send either this or prompt."
  request: String
  prompt: String
}

type Conversation ${callers} {
  conversationId: ID!
  "Every message of the answer contains it too."
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
  "The same text as in data."
  chunk: String
  "The answer's request id."
  requestId: ID
  "Random. If a question is answered twice, each of the two answers has its own run."
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
