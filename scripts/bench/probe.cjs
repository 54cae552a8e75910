// Preloaded into each contender's process. On SIGUSR2 it prints the CPU time and memory that the process has used so far.
const { writeSync } = require("node:fs");

process.on("SIGUSR2", () => {
  const { user, system } = process.cpuUsage();
  const usage = {
    cpuMs: (user + system) / 1000,
    residentBytes: process.memoryUsage.rss(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  writeSync(2, `benchmark-usage ${JSON.stringify(usage)}\n`);
});
