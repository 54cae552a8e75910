// The URLs of a GraphQL API of AppSync, and its Region.

const appSyncHost = /^[a-z0-9]+\.appsync-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** The Region in the host of an AppSync API. Undefined for a custom domain and for the local stack. */
export function regionOfGraphQL(url: URL): string | undefined {
  return appSyncHost.exec(url.hostname)?.[1];
}

/** The URL for connections. AppSync's own domains have a separate host for these, and custom domains have a separate path. */
export function realTimeUrl(url: URL): URL {
  const isAppSyncHost = appSyncHost.test(url.hostname);
  const found = isAppSyncHost ? new URL(url) : withPath(url, "/realtime");
  found.protocol = url.protocol.replace("http", "ws");
  if (isAppSyncHost) found.hostname = url.hostname.replace("appsync-api", "appsync-realtime-api");
  return found;
}

/** Appends a path. */
export function withPath(url: URL, path: string): URL {
  const found = new URL(url);
  found.pathname = url.pathname.replace(/\/*$/, path);
  return found;
}
