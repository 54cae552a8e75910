// The GraphQL requests of the client: one starts an answer, and one subscribes to its messages.

/** Headers of a request over HTTP. */
export const requestHeaders = { accept: "application/json", "content-type": "application/json" };

/** Headers for a connection and its subscriptions. AppSync receives them as JSON instead of as HTTP headers. */
export const realTimeHeaders = {
  accept: "application/json, text/javascript",
  "content-encoding": "amz-1.0",
  "content-type": "application/json; charset=UTF-8",
};

/** The text that a caller signs in order to open a connection. */
export const connectionText = "{}";

const subscription = "subscription On($id: ID!) { onMessage(conversationId: $id) { message } }";

/** The text that a caller signs and sends in order to subscribe to a conversation. */
export function subscriptionText(id: string): string {
  return JSON.stringify({ query: subscription, variables: { id } });
}

const mutation = `mutation Start($input: StartConversationInput!) {
  startConversation(input: $input) { conversationId requestId status }
}`;

/** The body of the request that starts an answer. `request` is JSON text, like the body of a request to the Function URL. */
export function startText(conversationId: string, request: string): string {
  return JSON.stringify({ query: mutation, variables: { input: { conversationId, request } } });
}
