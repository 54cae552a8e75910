// What work costs: other programs on the machine do not count, as they would by the clock.

/** Milliseconds of this process's CPU time that the work took. */
export function cpuTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
