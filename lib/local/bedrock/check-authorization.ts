// Decides whether a request's signature or API key is accepted.
import type { AwsCredentials } from "../execution-role.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { errorResponse, type PlainResponse } from "./script.ts";

/** Resolves with the error message for an invalid signature, or undefined for a valid one. */
export type Verify = (request: ReceivedRequest, credentials: AwsCredentials) => Promise<string | undefined>;

export interface AuthorizationOptions {
  /** Requests signed with this access key are passed to `verify`. In a stack, these are the function's requests. */
  credentials?: AwsCredentials | undefined;
  /** Default: every signature is accepted. */
  verify?: Verify | undefined;
  /**
   * Accept only these keys and `credentials`, and pass every request to `verify`. Default: any access key and any API key is
   * accepted, so that the tests of an application need no particular key.
   */
  onlyKeys?: readonly AwsCredentials[] | undefined;
}

/** Resolves with AWS's error response, or with undefined if the request is accepted. */
export async function checkAuthorization(
  request: ReceivedRequest,
  { credentials, verify, onlyKeys }: AuthorizationOptions,
): Promise<PlainResponse | undefined> {
  const authorization = String(request.headers["authorization"] ?? "");
  const accessKeyId = /^AWS4-HMAC-SHA256 .*Credential=([^/,\s]+)\//.exec(authorization)?.[1];
  if (accessKeyId === undefined) {
    if (!/^Bearer \S/.test(authorization)) {
      return forbidden("MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    const message = "Authentication failed: Please make sure your API Key is valid.";
    return onlyKeys && forbidden("AccessDeniedException", message);
  }
  const known = [credentials, ...(onlyKeys ?? [])].find((each) => each?.accessKeyId === accessKeyId);
  if (!known) {
    const message = "The security token included in the request is invalid.";
    return onlyKeys && forbidden("UnrecognizedClientException", message);
  }
  const message = await verify?.(request, known);
  return message === undefined ? undefined : forbidden("InvalidSignatureException", message);
}

/** The Region that the request is signed for; `us-east-1` for a request with an API key, which contains no Region. */
export function regionOf({ headers }: ReceivedRequest): string {
  const [, region = "us-east-1"] =
    /Credential=[^/,\s]+\/\d+\/([\w-]+)\//.exec(String(headers["authorization"])) ?? [];
  return region;
}

function forbidden(name: string, message: string): PlainResponse {
  return errorResponse(403, name, { message });
}
