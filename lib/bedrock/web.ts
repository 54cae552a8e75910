// Public exports of `deltapipe/bedrock` in browsers and Workers. The names are those of `index.ts`, which also has the types.
export { ConfigurationError } from "../signer/errors.ts";
export { bedrockClientOptions } from "./web/client-options.ts";
