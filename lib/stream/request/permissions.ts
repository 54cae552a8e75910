// What a caller may do only where the service's configuration allows it: what chooses the price, the place of
// inference or what is looked up elsewhere. Named as AWS or the model's provider names it in a request.
import { ConverseError } from "../converse-error.ts";

const reasons = {
  serviceTier: "it chooses the price",
  performanceConfig: "it chooses the price",
  speed: "it chooses the price",
  inference_geo: "it chooses the place of inference, and with it the price",
  cacheTtl: "it chooses the price of what is cached",
  systemTool: "a tool that runs at the provider is paid for by use",
  serverTools: "a tool that runs at the provider is paid for by use",
  anthropic_beta: "it turns on features that have prices and limits of their own",
  remoteSources: "it has content fetched from elsewhere",
} as const;

export type Permission = keyof typeof reasons;

export const permissions = Object.keys(reasons) as Permission[];

/** `name` is the member's, as the caller knows it: never its value. */
export function notAllowed(name: string, permission: Permission): ConverseError {
  return new ConverseError(
    "InvalidRequest",
    `${name} is refused: ${reasons[permission]}, and this service does not allow it`,
  );
}
