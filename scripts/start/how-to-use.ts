// The text that `npm start` prints when the stack is running: addresses, credentials and commands to copy.
import type { AwsCredentials } from "../../lib/local/execution-role.ts";

export interface Addresses {
  /** The address of the page, with its token. Undefined if there is no page. */
  pageAddress: string | undefined;
  url: string;
  webSocketUrl: string;
  appSyncUrl: string;
  appSyncRealTimeUrl: string;
  appSyncApiKey: string;
  region: string;
  credentials: AwsCredentials;
  /** The URL of the local Bedrock. Undefined with `--bedrock aws` and `--bedrock <URL>`. */
  localBedrockUrl: string | undefined;
  /** Whether the local Bedrock accepts only the printed access keys. */
  checkKeys: boolean;
  /** The endpoint of the Bedrock that is called instead of the local one, if any. */
  endpointUrl: string | undefined;
}

export function howToUse(addresses: Addresses): string {
  const { pageAddress, url, webSocketUrl, appSyncUrl, appSyncRealTimeUrl, appSyncApiKey, region } = addresses;
  const { credentials, localBedrockUrl, checkKeys, endpointUrl } = addresses;
  const keys = checkKeys ? "these access keys only" : "any access key or API key";
  const { accessKeyId, secretAccessKey } = credentials;
  const curl = `curl --aws-sigv4 "aws:amz:${region}:lambda" --user ${accessKeyId}:${secretAccessKey} --no-buffer`;
  const same = `the same access key${localBedrockUrl === undefined ? "" : "s"}`;
  const others = `
WebSocket API     ${webSocketUrl}  ${same}, service execute-api
GraphQL API       ${appSyncUrl}  ${same}, service appsync, or API key ${appSyncApiKey}
                  subscriptions: ${appSyncRealTimeUrl}`;
  const header = btoa(JSON.stringify({ host: new URL(appSyncUrl).host, "x-api-key": appSyncApiKey }));
  const data = JSON.stringify({
    query: 'subscription { chat(chatId: "test") { data stopReason errorMessage } }',
  });
  const extensions = { authorization: { "x-api-key": appSyncApiKey } };
  const subscription = JSON.stringify({ type: "start", id: "1", payload: { data, extensions } });
  const bedrock =
    localBedrockUrl === undefined
      ? `${others}\nBedrock           ${endpointUrl}`
      : `\n                  or access key local-temporary, secret local, session token local-session${others}\nLocal Bedrock     ${localBedrockUrl}  ${keys}; for the AWS SDKs: AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${localBedrockUrl}`;
  const page = pageAddress === undefined ? "" : `\nPage              ${pageAddress}  to open in a browser`;
  return `${page}
Function URL      ${url}  access key ${accessKeyId}, secret ${secretAccessKey}, Region ${region}, service lambda${bedrock}

Stream the lines:
  ${curl} -d '{"prompt":"A story about rain"}' ${url}

The text alone:
  ${curl} --silent -d '{"prompt":"A story about rain"}' ${url} |
    jq --unbuffered -rj 'select(.type == "contentBlockDelta").delta.text // empty'

The messages of a WebSocket:
  npx wscat --connect "$(${signCommand(addresses)})" --wait 20 --execute '{"prompt":"A story about rain"}'

The text for the subscribers of a GraphQL API: subscribe, then ask in another terminal.
  npx wscat --subprotocol graphql-ws --connect "${appSyncRealTimeUrl}?header=${encodeURIComponent(header)}&payload=e30=" --wait 60 --execute '${subscription}'
  curl -H "x-api-key: ${appSyncApiKey}" ${appSyncUrl} -d '{"query":"mutation { ask(chatId: \\"test\\", prompt: \\"A story about rain\\") { chatId } }"}'

Edit the functions in handlers/ and lib/, and the next request runs the new code.
Ctrl-C stops the stack. Requests:`;
}

/** Without the local Bedrock, the command has to contain the secret, which is random, and the Region that the developer chose. */
function signCommand({ webSocketUrl, region, credentials, localBedrockUrl }: Addresses): string {
  const command = `npm run --silent sign -- --url ${webSocketUrl}`;
  if (localBedrockUrl !== undefined) return command;
  const { accessKeyId, secretAccessKey } = credentials;
  const variables = `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} AWS_SESSION_TOKEN=`;
  return `${variables} ${command} --region ${region}`;
}
