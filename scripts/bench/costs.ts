// Computes what a million streams cost on Lambda, from the measured memory and times of each contender.
import { megabytesOfOneCore } from "./cpu-limit/cpu-limiter.ts";
import { perSecond } from "./stages/pace.ts";
import type { Results } from "./results.ts";

/**
 * Arm, us-east-1, first tier of the month. Unchanged since Lambda got Arm on 2021-09-29; the init phase is billed since
 * 2025-08-01. https://aws.amazon.com/lambda/pricing/
 */
const dollarsPerGigabyteSecond = 0.0000133334;
const dollarsPerMillionRequests = 0.2;
/** https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/ */
const coldShare = 0.01;
/** The model's time for one answer, in seconds. The costs of messages are computed for the same time. */
const answerSeconds = 10;
/** The measurements are multiplied by this factor, to leave room for longer answers, larger requests and slower processors. */
const headroom = 1.25;
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const smallestMegabytes = 128;

export interface MeasuredStream {
  /** The peak of the process, in megabytes. */
  peakMegabytes: number;
  /** The CPU time that the contender needs for a second of the model's answer, in milliseconds. */
  cpuMsOfSecond: number;
  /** What the contender adds to the model's time, in milliseconds. */
  addedMs: number;
  /** The time of a cold start until the process is ready, in milliseconds. */
  readyMs: number;
}

export interface Costs {
  /** Megabytes. */
  memorySize: number;
  /** Dollars for a million warm streams. */
  streamDollars: number;
  /** Dollars that the cold starts add. */
  coldDollars: number;
}

/**
 * The memory size is the smallest one with enough memory, and with enough CPU to keep up with the model. Any whole number of
 * megabytes can be chosen on Lambda.
 */
export function costsOf({ peakMegabytes, cpuMsOfSecond, addedMs, readyMs }: MeasuredStream): Costs {
  const megabytesForCpu = (cpuMsOfSecond / 1000) * megabytesOfOneCore;
  const needed = Math.max(peakMegabytes, megabytesForCpu) * headroom;
  const memorySize = Math.max(smallestMegabytes, Math.ceil(needed));
  const dollarsPerSecond = (memorySize / 1024) * dollarsPerGigabyteSecond;
  const seconds = answerSeconds + addedMs / 1000;
  return {
    memorySize,
    streamDollars: 1e6 * seconds * dollarsPerSecond + dollarsPerMillionRequests,
    coldDollars: 1e6 * coldShare * (readyMs / 1000) * dollarsPerSecond,
  };
}

/** Adds the costs of each contender whose memory and times were measured. */
export function addCosts(results: Results): void {
  for (const name of results.names) {
    const measured = {
      peakMegabytes: results.median(name, "megabytesOf1"),
      cpuMsOfSecond: (results.median(name, "paceCpuUs") * perSecond) / 1000,
      addedMs: results.median(name, "warmFirstDeltaMs"),
      readyMs: results.median(name, "readyMs"),
    };
    if (Object.values(measured).some(Number.isNaN)) continue;
    results.add(name, { ...costsOf(measured) });
  }
}
