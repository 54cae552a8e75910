// Makes an error response in the form of Bedrock's own, from which AWS's SDKs make their typed exceptions.
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
import { exceptionOf } from "../stream/bedrock-exceptions.ts";
import type { ConverseError } from "../stream/converse-error.ts";

export interface UrlError {
  status: number;
  headers: Record<string, string>;
  body: object;
}

/** `hasBegun` is true if Bedrock had sent an event before the error. The tokens are then billed although the answer failed. */
export function bedrockErrorResponse(error: ConverseError, hasBegun: boolean): UrlError {
  const [status, name] = exceptionOf(error.name, hasBegun);
  const { header } = error.retryHint ?? {};
  return {
    status,
    // `header` is the `retry-after` or `x-amz-retry-after` that Bedrock sent. With it, SDKs wait as long as Bedrock asks.
    headers: { "x-amzn-errortype": name, ...(header && Object.fromEntries([header])) },
    // The body repeats the name in case a proxy removes the header.
    body: { __type: name, message: error.message },
  };
}
