// Public exports of `deltapipe/bedrock` on Node. `web.ts` is the counterpart for browsers and Workers.
export type { BedrockClientOptions, SdkCredentials, ServiceOptions } from "./client-options.ts";
export type { Credentials, CredentialsProvider } from "../signer/credentials.ts";
export { ConfigurationError } from "../signer/errors.ts";
export { bedrockClientOptions } from "./node/client-options.ts";
