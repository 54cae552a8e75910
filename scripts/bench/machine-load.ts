// Tells how many streams this machine can bear at once, and how busy it is while it does.
import { availableParallelism, cpus, freemem } from "node:os";

const megabyte = 1_000_000;
/** The memory of a large contender's process. */
const bytesOfOne = 150 * megabyte;
/** The part of the free memory that may be taken. */
const memoryShare = 0.7;
/** With more, the delays would be the machine's more than the contender's. */
const streamsOfOneCore = 32;

/** Bytes of free memory, and cores. */
export function mostStreams(free = freemem(), cores = availableParallelism()): number {
  return Math.min(Math.floor((free * memoryShare) / bytesOfOne), cores * streamsOfOneCore);
}

/** Returns a function that returns the part of all cores' time, in percent, that was not idle since this call. */
export function watchLoad(): () => number {
  const before = coreTimes();
  return () => {
    const { busy, total } = coreTimes();
    return (100 * (busy - before.busy)) / (total - before.total);
  };
}

function coreTimes(): { busy: number; total: number } {
  const times = cpus().map(({ times }) => times);
  const idle = times.reduce((sum, each) => sum + each.idle, 0);
  const total = times.reduce(
    (sum, { user, nice, sys, irq, idle }) => sum + user + nice + sys + irq + idle,
    0,
  );
  return { busy: total - idle, total };
}
