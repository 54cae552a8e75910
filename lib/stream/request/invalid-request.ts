// The error for a request that the service does not accept.
import { ConverseError } from "../converse-error.ts";

/** `found` names the member at fault and never quotes its value, because error messages may be logged and requests may not. */
export function invalidRequest(found: string): ConverseError {
  return new ConverseError("InvalidRequest", `Cannot accept the request: ${found}`);
}
