// CORS as a Function URL handles it: answers preflights, and adds headers to every response.
//
// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors

/** The `cors` of a function's `url` in `serverless.yml`. */
export interface CorsConfiguration {
  allowedOrigins?: string[];
  allowedHeaders?: string[];
  allowedMethods?: string[];
  allowCredentials?: boolean;
  exposedResponseHeaders?: string[];
  /** Seconds. */
  maxAge?: number;
}

export interface CorsRequest {
  method: string;
  origin: string | undefined;
  requestMethod: string | undefined;
  requestHeaders: string | undefined;
}

/** Follows the Fetch standard's definition of a preflight. Any other OPTIONS request goes to the function. */
export function isPreflight(request: CorsRequest): boolean {
  return request.method === "OPTIONS" && request.origin !== undefined && request.requestMethod !== undefined;
}

/**
 * Headers for the response to a preflight. If the origin is not allowed, they contain no `access-control-` header, so the browser
 * blocks the request.
 */
export function preflightHeaders(cors: CorsConfiguration, request: CorsRequest): Record<string, string> {
  const origin = originHeaders(cors, request.origin);
  if (!("access-control-allow-origin" in origin)) return origin;
  return {
    ...origin,
    ...listHeader("access-control-allow-methods", cors, [cors.allowedMethods, request.requestMethod]),
    ...listHeader("access-control-allow-headers", cors, [cors.allowedHeaders, request.requestHeaders]),
    ...(cors.maxAge !== undefined && { "access-control-max-age": String(cors.maxAge) }),
  };
}

/** Headers for all responses except those to preflights, error responses included. They replace the function's CORS headers. */
export function responseHeaders(cors: CorsConfiguration, origin: string | undefined): Record<string, string> {
  const headers = originHeaders(cors, origin);
  if (!("access-control-allow-origin" in headers) || !cors.exposedResponseHeaders?.length) return headers;
  return { ...headers, "access-control-expose-headers": cors.exposedResponseHeaders.join(",") };
}

function originHeaders(cors: CorsConfiguration, origin: string | undefined): Record<string, string> {
  const allowed = cors.allowedOrigins ?? [];
  const wildcard = allowed.includes("*");
  // Browsers do not accept `*` for a request with credentials, so the header names the origin.
  if (wildcard && !cors.allowCredentials) {
    return origin === undefined ? {} : { "access-control-allow-origin": "*" };
  }
  const vary = { vary: "Origin" };
  if (origin === undefined || !(wildcard || allowed.includes(origin))) return vary;
  return {
    ...vary,
    "access-control-allow-origin": origin,
    ...(cors.allowCredentials && { "access-control-allow-credentials": "true" }),
  };
}

/** If credentials are allowed, browsers do not read `*` as a wildcard, so the header repeats what the preflight asked for. */
function listHeader(
  name: string,
  { allowCredentials }: CorsConfiguration,
  [allowed, asked]: [string[] | undefined, string | undefined],
): Record<string, string> {
  if (!allowed?.length) return {};
  if (!allowed.includes("*")) return { [name]: allowed.join(",") };
  if (!allowCredentials) return { [name]: "*" };
  return asked === undefined ? {} : { [name]: asked };
}
