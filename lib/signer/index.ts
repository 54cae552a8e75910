// Public exports of the signer on Node. `web.ts` is its counterpart for all other runtimes.
export type { Credentials, CredentialsProvider } from "./credentials.ts";
export { AuthorizationError, ConfigurationError } from "./errors.ts";
export type { HeadersInput } from "./headers.ts";
export { presignUrl } from "./node/presign-url.ts";
export { signRequest } from "./node/sign-request.ts";
export { createSignedFetch } from "./node/signed-fetch.ts";
export type { PresigningOptions } from "./presign-url.ts";
export type { SignableRequest, SigningOptions } from "./sign-request.ts";
export type { SignedFetchOptions } from "./signed-fetch.ts";
