// The GraphQL API: its schema and its resolvers, for the deployment and for the local stack.
const { join } = require("node:path");
const { schemaFor } = require("./schema.cjs");

/**
 * Takes `{ apiKey: boolean, users: "none" | "userPool" | "oidc" }`. Returns the schema as text, and the resolvers. The
 * `dataSource` of a resolver is `function` if its field invokes the function, and otherwise `none`.
 */
function appSyncApi(callers) {
  const subscriptions = ["onMessage", ...(callers.apiKey ? ["chat", "onReceiveChunk"] : [])];
  const starts = ["startConversation", ...(callers.apiKey ? ["ask"] : [])];
  return {
    schema: schemaFor(callers),
    resolvers: [
      ...starts.map((name) => resolver("Mutation", name, "start-conversation")),
      resolver("Mutation", "publish", "publish"),
      ...subscriptions.map((name) => resolver("Subscription", name, "on-message")),
    ],
  };
}

function resolver(typeName, fieldName, name) {
  const dataSource = name === "start-conversation" ? "function" : "none";
  return { typeName, fieldName, file: join(__dirname, "resolvers", `${name}.js`), dataSource };
}

module.exports = { appSyncApi };
