// Public exports of `deltapipe/bedrock` in browsers and Workers: the same names as in `index.ts`, whose types apply to both.
export { ConfigurationError } from "../signer/errors.ts";
export { bedrockClientOptions } from "./web/client-options.ts";
