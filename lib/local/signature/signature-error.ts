// Why a signature is not accepted, in AWS's own error names and words.

export type SignatureErrorType =
  | "MissingAuthenticationTokenException"
  | "IncompleteSignatureException"
  | "InvalidSignatureException"
  | "UnrecognizedClientException";

/** A service answers with 403, `x-amzn-errortype: <type>` and the body `{"message": <message>}`. */
export interface SignatureErrorResponse {
  status: 403;
  type: SignatureErrorType;
  message: string;
}

/** Thrown within the verification only; `verifySignature` returns it as a value. */
export class SignatureError extends Error {
  override name = "SignatureError" as const;
  readonly response: SignatureErrorResponse;

  constructor(type: SignatureErrorType, message: string) {
    super(message);
    this.response = { status: 403, type, message };
  }
}

/** AWS says no more than this of a signature, a body hash or a header that does not fit. */
export function signatureMismatch(): SignatureError {
  return new SignatureError(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
}
