// The signer for browsers, Bun and Workers: the same names as in `index.ts`, whose types apply to both.
export { AuthorizationError, ConfigurationError } from "./errors.ts";
export { presignUrl } from "./web/presign-url.ts";
export { signRequest } from "./web/sign-request.ts";
export { createSignedFetch } from "./web/signed-fetch.ts";
