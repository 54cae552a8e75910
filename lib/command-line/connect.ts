// Makes the client of `ask` and `chat`, behind the proxy that the environment names.
import { EnvHttpProxyAgent } from "undici";
import { type Client, createClient } from "../client/index.ts";
import { isLoopbackUrl } from "../signer/signing-scope.ts";
import { UsageError } from "./command-failure.ts";
import type { ServiceTarget } from "./service-target.ts";

type Variables = Record<string, string | undefined>;

/** Throws `UsageError` for a proxy that cannot be used. */
export function connect(target: ServiceTarget, variables: Variables = process.env): Client {
  return createClient({ ...target, dispatcher: findProxy(target.url, variables) });
}

/**
 * HTTPS_PROXY, else HTTP_PROXY, as Node's own fetch has them; NO_PROXY names hosts that are reached without. The lower-case
 * name comes first, and an empty variable counts as none, as with curl: undici would let it hide the other one.
 * https://undici.nodejs.org/#/docs/api/EnvHttpProxyAgent
 */
function findProxy(url: URL, variables: Variables): EnvHttpProxyAgent | undefined {
  const httpsProxy = readProxy("HTTPS_PROXY", variables);
  const httpProxy = readProxy("HTTP_PROXY", variables);
  if (isLoopbackUrl(url) || (httpsProxy === "" && httpProxy === "")) return undefined;
  const noProxy = find("NO_PROXY", variables)?.value ?? "";
  try {
    return new EnvHttpProxyAgent({ httpsProxy, httpProxy, noProxy });
  } catch {
    // The reason would show the proxy's URL, which may hold a password.
    throw new UsageError(
      "Cannot use the proxy in HTTPS_PROXY or HTTP_PROXY: check its user name and password",
    );
  }
}

/** The proxy's URL, or an empty text. */
function readProxy(variable: string, variables: Variables): string {
  const found = find(variable, variables);
  if (!found) return "";
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(found.value) ? found.value : `http://${found.value}`;
  if (URL.canParse(text) && /^(https?|socks5?):$/.test(new URL(text).protocol)) return text;
  throw new UsageError(
    `Cannot use the proxy in ${found.name}: give a URL such as http://proxy.example.com:3128, or unset it`,
  );
}

function find(variable: string, variables: Variables): { name: string; value: string } | undefined {
  for (const name of [variable.toLowerCase(), variable]) {
    const value = variables[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}
