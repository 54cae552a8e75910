// An error as the response that Bedrock's own operations would have, which every AWS SDK turns into its typed exception.
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
import { exceptionOf } from "../stream/bedrock-exceptions.ts";
import type { ConverseError } from "../stream/converse-error.ts";

export interface UrlError {
  status: number;
  headers: Record<string, string>;
  body: object;
}

/** `hasBegun` is true once an event of the answer has come, so that its tokens may have to be paid for. */
export function bedrockErrorResponse(error: ConverseError, hasBegun: boolean): UrlError {
  const [status, name] = exceptionOf(error.name, hasBegun);
  const { header } = error.retryHint ?? {};
  return {
    status,
    // Bedrock's own header, so that SDKs wait before a retry for as long as Bedrock asks.
    headers: { "x-amzn-errortype": name, ...(header && Object.fromEntries([header])) },
    // The name again, for the case that something on the way drops the header.
    body: { __type: name, message: error.message },
  };
}
