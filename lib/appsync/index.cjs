// The GraphQL API: its schema and its resolvers, for the deployment and for the local stack.
const { join } = require("node:path");
const { schemaFor } = require("./schema.cjs");

/**
 * Takes `{ apiKey: boolean, users: "none" | "userPool" | "oidc" }`. Returns the schema as text, and a resolver for each
 * field that has one: `dataSource` is `function` for a field that invokes the function, else `none`.
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
