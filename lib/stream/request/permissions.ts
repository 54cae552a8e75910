// Features that callers may use only if the service's configuration allows them, mostly because they change the price.
//
// A feature that is a single member of a request has the name that AWS or the model's provider gave to this member.
import type { ConverseError } from "../converse-error.ts";
import { invalidRequest } from "./invalid-request.ts";

const reasons = {
  serviceTier: "it chooses the price",
  performanceConfig: "it chooses the price",
  guardrailConfig: "it applies a guardrail of this service's account, which is billed per use",
  speed: "it chooses the price",
  inference_geo: "it chooses the region of inference, and with it the price",
  cacheTtl: "it chooses the price of what is cached",
  systemTool: "a tool that runs at the provider is billed per use",
  serverTools: "a tool that runs at the provider is billed per use",
  anthropic_beta: "it turns on features with their own prices and limits",
  remoteSources: "it makes Bedrock fetch content from elsewhere",
} as const;

export type Permission = keyof typeof reasons;

export const permissions = Object.keys(reasons) as Permission[];

/** `name` says which member is not allowed. It must not contain the member's value. */
export function notAllowed(name: string, permission: Permission): ConverseError {
  return invalidRequest(`this service does not allow ${name}, because ${reasons[permission]}; leave it out`);
}
