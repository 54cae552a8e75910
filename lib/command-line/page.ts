// The command `deltapipe page`: serves a page that sends questions to the service and shows the lines of the answers.
import { parseEndpoint } from "../signer/signing-scope.ts";
import { UsageError } from "./command-failure.ts";
import type { PageCommandOptions } from "./command-options.ts";
import { startPage } from "./page/start-page.ts";
import { runServer } from "./run-server.ts";

/** An API of the service besides its Function URL. */
interface Api {
  option: string;
  name: string;
  /** The form that its URL must have, and the advice for a URL that does not have it. */
  form: RegExp;
  advice: string;
}

const webSocketApi: Api = {
  option: "--websocket-url",
  name: "a WebSocket API",
  form: /^wss?:/i,
  advice: "give one that begins with wss://",
};
const graphQLApi: Api = {
  option: "--appsync-url",
  name: "a GraphQL API",
  form: /^https?:[^?#]*\/graphql$/i,
  advice: "give one that begins with https:// and ends with /graphql",
};

/** Serves the page until the process gets a signal, such as SIGINT from Ctrl-C. */
export async function page(options: PageCommandOptions): Promise<void> {
  const webSocketUrl = readUrl(options.webSocketUrl, webSocketApi);
  const appSyncUrl = readUrl(options.appSyncUrl, graphQLApi);
  return runServer(options, async (forwarding) => {
    const { address, close } = await startPage({ ...forwarding, webSocketUrl, appSyncUrl });
    return {
      address,
      notes: ["Open the address in a browser on this machine. Ctrl-C stops the server"],
      close,
    };
  });
}

/** Returns undefined if the option is not set. Throws `UsageError` or `ConfigurationError`. */
function readUrl(text: string | undefined, { option, name, form, advice }: Api): URL | undefined {
  if (text === undefined) return undefined;
  if (!URL.canParse(text) || !form.test(text)) {
    // The text is not repeated, because the query of a signed URL contains a session token.
    throw new UsageError(`Cannot use ${option}: it is not the URL of ${name}; ${advice}`);
  }
  // Checks the rest of the URL. A WebSocket connection begins with an HTTP request, so the same rules apply to its URL.
  parseEndpoint(text.replace(/^ws/i, "http"));
  return new URL(text);
}
