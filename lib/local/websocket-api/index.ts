// The parts of the local WebSocket API that other folders use.
export { startWebSocketApi, type WebSocketApi } from "./start-websocket-api.ts";
export type { ConnectionReport, WebSocketLimits } from "./websocket-api-options.ts";
