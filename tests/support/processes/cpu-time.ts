// Measures CPU time, which other programs on the machine do not influence.

/** Returns the milliseconds of this process's CPU time that the work took. */
export function cpuTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
