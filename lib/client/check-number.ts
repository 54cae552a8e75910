// Checks an option whose value is a number.
import { longestDelay } from "../shared/retry-after.ts";
import { ConfigurationError } from "./errors.ts";

/** Returns the value. Throws {@link ConfigurationError} unless it is a whole number from `least` to {@link longestDelay}. */
export function checkNumber(value: number, option: string, least: 0 | 1): number {
  if (Number.isSafeInteger(value) && value >= least && value <= longestDelay) return value;
  throw new ConfigurationError(
    `Cannot use the option ${option}: it is ${String(value)}; set a whole number from ${least} to 2,147,483,647`,
  );
}
