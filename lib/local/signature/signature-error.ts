// The error responses for signatures, with AWS's names and messages.

export type SignatureErrorType =
  | "MissingAuthenticationTokenException"
  | "IncompleteSignatureException"
  | "InvalidSignatureException"
  | "UnrecognizedClientException";

/** Sent with the header `x-amzn-errortype: <type>` and the body `{"message": <message>}`. */
export interface SignatureErrorResponse {
  status: 403;
  type: SignatureErrorType;
  message: string;
}

/** Thrown only inside the verifier: `verifySignature` returns its `response` as a value. */
export class SignatureError extends Error {
  override name = "SignatureError" as const;
  readonly response: SignatureErrorResponse;

  constructor(type: SignatureErrorType, message: string) {
    super(message);
    this.response = { status: 403, type, message };
  }
}

/** AWS sends the same error for a wrong signature, body hash or signed header. */
export function signatureMismatch(): SignatureError {
  return new SignatureError(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
}
