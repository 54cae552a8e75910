// Sends a question through a GraphQL API with AWS Amplify, and prints each message on a line. The packages that are imported
// here are parts of `aws-amplify`.
//
// Arguments: the API's address, `apiKey` or `iam`, the API key or the secret key, the conversation's id, and the request.
// Without a request, the program only subscribes and prints "subscribed". In both cases, it ends after the last message of an
// answer.
import { Amplify, Hub } from "@aws-amplify/core";
import { CONNECTION_STATE_CHANGE, ConnectionState, generateClient } from "@aws-amplify/api";
import { WebSocket } from "ws";

const [endpoint, authMode, secret, conversationId, request] = process.argv.slice(2);

// Node 20 has no WebSocket. Amplify connects with wss, but the local API speaks only ws.
globalThis.WebSocket = class extends WebSocket {
  constructor(url, protocols) {
    super(url.replace("wss:", "ws:"), protocols);
  }
};

Amplify.configure(
  { API: { GraphQL: { endpoint, region: "us-east-1", defaultAuthMode: authMode, apiKey: secret } } },
  {
    Auth: {
      credentialsProvider: {
        getCredentialsAndIdentityId: async () => ({
          credentials: { accessKeyId: "local", secretAccessKey: secret },
        }),
        clearCredentialsAndIdentityId() {},
      },
    },
  },
);

const client = generateClient();
const subscribed = new Promise((resolve) => {
  const stop = Hub.listen("api", ({ payload: { event, data } }) => {
    // Amplify reports the state `Connected` when the subscription has been acknowledged.
    if (event !== CONNECTION_STATE_CHANGE || data.connectionState !== ConnectionState.Connected) return;
    stop();
    resolve();
  });
});
const answered = new Promise((resolve, reject) => {
  const query = `subscription On($id: ID!) { onMessage(conversationId: $id) { conversationId message } }`;
  const subscription = client.graphql({ query, variables: { id: conversationId } }).subscribe({
    next({ data }) {
      const { message } = data.onMessage;
      console.log(message);
      if (!/{"type":"(end|error)"/.test(message)) return;
      subscription.unsubscribe();
      resolve();
    },
    error: reject,
  });
});

try {
  await Promise.race([subscribed, answered]);
  if (request === undefined) console.log("subscribed");
  else {
    const query = `mutation Start($input: StartConversationInput!) {
      startConversation(input: $input) { conversationId requestId status }
    }`;
    const { data } = await client.graphql({ query, variables: { input: { conversationId, request } } });
    console.log(JSON.stringify(data));
  }
  await answered;
  process.exit();
} catch ({ errors, message }) {
  console.log(JSON.stringify(errors ?? message));
  process.exit(1);
}
