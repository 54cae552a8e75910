// Why a signature is not accepted, in AWS's own error names and words.

export type SignatureErrorType =
  | "MissingAuthenticationTokenException"
  | "IncompleteSignatureException"
  | "InvalidSignatureException"
  | "UnrecognizedClientException";

/** A service answers with 403, `x-amzn-errortype: <type>` and the body `{"message": <message>}`. */
export interface SignatureRefusal {
  status: 403;
  type: SignatureErrorType;
  message: string;
}

/** Thrown within the verification only; `verifySignature` returns it as a value. */
export class SignatureRefused extends Error {
  override name = "SignatureRefused" as const;
  readonly refusal: SignatureRefusal;

  constructor(type: SignatureErrorType, message: string) {
    super(message);
    this.refusal = { status: 403, type, message };
  }
}

/** AWS says no more than this of a signature, a body hash or a header that does not fit. */
export function signatureMismatch(): SignatureRefused {
  return new SignatureRefused(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
}
