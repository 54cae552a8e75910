// Public exports of `deltapipe/bedrock` in browsers and Workers: the same names as `index.ts`, which declares the types.
export { ConfigurationError } from "../signer/errors.ts";
export { bedrockClientOptions } from "./web/client-options.ts";
