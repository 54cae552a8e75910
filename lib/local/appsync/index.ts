// The parts of the local AppSync that other folders use.
export { startAppSync, type LocalAppSync } from "./start-appsync.ts";
export type { ApiDescription, AppSyncLimits, AppSyncReport } from "./appsync-options.ts";
