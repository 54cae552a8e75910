// Tells how many streams this machine can bear at once, and how busy it is while it does.
import { availableParallelism, cpus, freemem } from "node:os";

const megabyte = 1_000_000;
/** The memory of a large contender's process. */
const bytesOfOne = 150 * megabyte;
/** The part of the free memory that may be taken. */
const memoryShare = 0.7;
/** With more streams than this, the delays would say more about the machine than about the contender. */
const streamsOfOneCore = 32;

/** `free` is the free memory in bytes, and `cores` is the number of cores. */
export function mostStreams(free = freemem(), cores = availableParallelism()): number {
  return Math.min(Math.floor((free * memoryShare) / bytesOfOne), cores * streamsOfOneCore);
}

/** Begins to watch. The returned function tells which percentage of all cores' time since then was not idle. */
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
