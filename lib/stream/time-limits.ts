// What may take how long: the alarms of one stream, and the errors that the fatal ones end it with.
import type { Times } from "./settings/configuration.ts";
import { ConverseError } from "./converse-error.ts";

export type AlarmName = keyof typeof limits | "start" | "ping" | "metadata";

/** A first frame may still be an exception, and so a status: the first line waits this long for it. */
export const startWithinMs = 1000;
/** Bedrock's `metadata` follows `messageStop`; an answer that is whole does not wait for it for ever. */
export const metadataWithinMs = 2000;

const limits = {
  deadline: () =>
    new ConverseError("DeadlineExceeded", "The function's time was up before the answer was whole"),
  firstByte: ({ firstByte }: Times) =>
    new ConverseError("UpstreamTimeout", `Bedrock sent nothing for ${firstByte / 1000} s`),
  stall: ({ stall }: Times) =>
    new ConverseError("UpstreamTimeout", `Bedrock's stream stood still for ${stall / 1000} s`),
  callerStall: ({ callerStall }: Times) =>
    new ConverseError("CallerStalled", `The caller took nothing for ${callerStall / 1000} s`),
};

export function timeUp(name: keyof typeof limits, times: Times): ConverseError {
  return limits[name](times);
}
