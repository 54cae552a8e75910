// Makes the client that the commands use. It connects through the proxy in the environment variables, if there is one.
import { EnvHttpProxyAgent } from "undici";
import { type Client, createClient } from "../client/index.ts";
import { createWebSocketClient } from "../client/websocket/index.ts";
import { isLoopbackUrl } from "../signer/signing-scope.ts";
import { UsageError } from "./command-failure.ts";
import { isWebSocketUrl, type ServiceTarget } from "./service-target.ts";

type Variables = Record<string, string | undefined>;

/** A client for a Function URL or for a WebSocket API. */
export interface CommandClient extends Client {
  /** Closes the connection to a WebSocket API. While it is open, the program does not exit. */
  close(): void;
}

/** Throws `UsageError` if the proxy is not usable. */
export function connect(target: ServiceTarget, variables: Variables = process.env): CommandClient {
  const options = { ...target, dispatcher: findProxy(target.url, variables) };
  if (!isWebSocketUrl(target.url)) return { ...createClient(options), close: () => undefined };
  const { converse, cancel, close } = createWebSocketClient(options);
  return { converse, cancel, close, models: () => Promise.reject(noModels(target.url)) };
}

function noModels({ host }: URL): UsageError {
  return new UsageError(
    `Cannot list the models: ${host} is a WebSocket API, which only answers questions; give the Function URL with --url`,
  );
}

/**
 * Uses HTTPS_PROXY or else HTTP_PROXY, as Node's own fetch does, and no proxy for loopback addresses and the hosts in
 * NO_PROXY. As in curl, the lower-case name has precedence and an empty variable is ignored. undici itself would let an empty
 * lower-case variable hide the upper-case one.
 * https://undici.nodejs.org/#/docs/api/EnvHttpProxyAgent
 */
export function findProxy(url: URL, variables: Variables = process.env): EnvHttpProxyAgent | undefined {
  const httpsProxy = readProxy("HTTPS_PROXY", variables);
  const httpProxy = readProxy("HTTP_PROXY", variables);
  if (isLoopbackUrl(url) || (httpsProxy === "" && httpProxy === "")) return undefined;
  const noProxy = find("NO_PROXY", variables)?.value ?? "";
  try {
    return new EnvHttpProxyAgent({ httpsProxy, httpProxy, noProxy });
  } catch {
    // undici's reason is left out, because it quotes the proxy's URL, which may contain a password.
    throw new UsageError(
      "Cannot use the proxy in HTTPS_PROXY or HTTP_PROXY: undici rejects its URL; check the user name and password",
    );
  }
}

/** The proxy's URL, or "". */
function readProxy(variable: string, variables: Variables): string {
  const found = find(variable, variables);
  if (!found) return "";
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(found.value) ? found.value : `http://${found.value}`;
  if (URL.canParse(text) && /^(https?|socks5?):$/.test(new URL(text).protocol)) return text;
  throw new UsageError(
    `Cannot use the proxy in ${found.name}: it is not a proxy's URL;` +
      " set one such as http://proxy.example.com:3128, or unset it",
  );
}

function find(variable: string, variables: Variables): { name: string; value: string } | undefined {
  for (const name of [variable.toLowerCase(), variable]) {
    const value = variables[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}
