// The parts of the signature verifier that other folders use.
export type { SignatureErrorResponse } from "./signature-error.ts";
export { verifySignature, type Identity, type KnownCredentials } from "./verify.ts";
export { headerValues, pairHeaders, parseQuery, splitTarget } from "./wire-request.ts";
export type { RawHeader, WireRequest } from "./wire-request.ts";
