// The proxy's own error responses, in the service's form: status, name and a sentence that says what to do.
import { RetryLaterError, StreamCutError } from "../../client/index.ts";
import { connectionError } from "../../client/node/connection-error.ts";

/** The status of each error name. A name that the service also uses has the same meaning here. */
const statuses = {
  InvalidRequest: 400,
  ForeignHost: 403,
  ForeignOrigin: 403,
  InvalidToken: 403,
  NoCredentials: 403,
  MethodNotAllowed: 405,
  PayloadTooLarge: 413,
  InternalError: 500,
  ConnectionLost: 502,
  ServiceUnreachable: 502,
  ServiceTimeout: 504,
  ProxyLoop: 508,
} as const;

export type ProxyErrorName = keyof typeof statuses;

export class ProxyError extends Error {
  override readonly name: ProxyErrorName;
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;

  constructor(name: ProxyErrorName, message: string, details: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = name;
    this.status = statuses[name];
    this.retryable = details.retryable ?? false;
  }
}

/** The response's body. Its request id is empty, because the request has not reached Lambda. */
export function errorBody({ name, message, retryable }: ProxyError): Buffer {
  return Buffer.from(
    `${JSON.stringify({ type: "error", error: { name, message, retryable, requestId: "" } })}\n`,
  );
}

/** The error for a request to the service that failed before the response's status and headers arrived. */
export function upstreamError(error: unknown, url: URL, silenceMs: number): ProxyError {
  const described = connectionError(error, url, 0);
  const { message, code } = described;
  if (code === "UND_ERR_HEADERS_TIMEOUT") {
    const sentence = `Cannot get an answer: ${url.host} sent nothing for ${Math.round(silenceMs / 1000)} s; ask again`;
    return new ProxyError("ServiceTimeout", sentence, { retryable: true, cause: error });
  }
  if (described instanceof RetryLaterError) {
    const name = code === "UND_ERR_CONNECT_TIMEOUT" ? "ServiceTimeout" : "ServiceUnreachable";
    const sentence = `${message}; check that the service runs and that --url is right, and try again`;
    return new ProxyError(name, sentence, { retryable: true, cause: error });
  }
  if (described instanceof StreamCutError) {
    const sentence = `${message}; asking again may help, but the model may have run already`;
    return new ProxyError("ConnectionLost", sentence, { retryable: true, cause: error });
  }
  return new ProxyError("ServiceUnreachable", message, { cause: error });
}
