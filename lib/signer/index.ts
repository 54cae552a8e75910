// Public exports of the signer.
export type { Credentials, CredentialsProvider } from "./credentials.ts";
export { AuthorizationError, ConfigurationError } from "./errors.ts";
export type { HeadersInput } from "./headers.ts";
export { type SignableRequest, signRequest, type SigningOptions } from "./sign-request.ts";
export { createSignedFetch, type SignedFetchOptions } from "./signed-fetch.ts";
