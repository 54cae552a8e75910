// The parts of the local Function URL that other folders use.
export type { CorsConfiguration } from "./cors.ts";
export { startFunctionUrl } from "./start-function-url.ts";
export type { RequestReport } from "./url-exchange.ts";
