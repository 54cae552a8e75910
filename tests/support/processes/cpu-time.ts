// Measures CPU time, which other programs on the machine do not influence.

/** Returns the CPU time of the work in milliseconds. */
export function cpuTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
