// The figures of a run: label, unit, and whether less or more is better.

export interface Figure {
  key: string;
  label: string;
  unit: "kB" | "ms" | "µs" | "MB" | "/s" | "%" | "$";
  better: "less" | "more";
  /** Set if the figure is a difference of two others. It may be close to 0, so ratios of it would mean nothing. */
  isDifference?: true;
  /** Set if the figure describes the machine during a measurement. */
  isCondition?: true;
}

export const figures: Figure[] = [
  { key: "bundleKb", label: "Bundle", unit: "kB", better: "less" },
  { key: "readyMs", label: "Cold start to ready", unit: "ms", better: "less" },
  { key: "readyCpuMs", label: "… CPU", unit: "ms", better: "less" },
  { key: "coldFirstByteMs", label: "Cold start to first byte", unit: "ms", better: "less" },
  { key: "coldFirstDeltaMs", label: "Cold start to first delta", unit: "ms", better: "less" },
  { key: "coldCpuMs", label: "… CPU, complete first request", unit: "ms", better: "less" },
  { key: "warmFirstDeltaMs", label: "Warm request to first delta, 10 ms away", unit: "ms", better: "less" },
  { key: "warmCpuMs", label: "… CPU of a warm request", unit: "ms", better: "less" },
  { key: "burstCpuUs", label: "CPU per delta, full speed", unit: "µs", better: "less" },
  { key: "burstCpuUsOfTwo", label: "… with two execution environments", unit: "µs", better: "less" },
  { key: "deltasPerSecond", label: "Deltas, full speed", unit: "/s", better: "more" },
  { key: "deltasPerSecondOfTwo", label: "… two execution environments together", unit: "/s", better: "more" },
  { key: "paceDelayUs", label: "Delay of a delta at 100/s, median", unit: "µs", better: "less" },
  { key: "paceDelay99Us", label: "… 99th percentile", unit: "µs", better: "less" },
  { key: "paceCpuUs", label: "… CPU per delta", unit: "µs", better: "less" },
  { key: "cpuUsOf1000", label: "CPU per delta, answer of 1 k", unit: "µs", better: "less" },
  { key: "cpuUsOf10000", label: "… of 10 k", unit: "µs", better: "less" },
  { key: "cpuUsOf100000", label: "… of 100 k", unit: "µs", better: "less" },
  { key: "cpuUsOf1000000", label: "… of 1 M", unit: "µs", better: "less" },
  { key: "megabytesOf1", label: "Memory after an answer of 1 MB", unit: "MB", better: "less" },
  { key: "peakMegabytes", label: "Memory after the longest answer, slow reader", unit: "MB", better: "less" },
  { key: "growthMegabytes", label: "… more than after 1 MB", unit: "MB", better: "less", isDifference: true },
  {
    key: "lateGrowthMegabytes",
    label: "… more than after 10 MB",
    unit: "MB",
    better: "less",
    isDifference: true,
  },
  ...[128, 256, 512].flatMap(figuresOfCpuShare),
  ...[1, 2, 4, 8, 64].flatMap(figuresOfStreams),
  { key: "memorySize", label: "Memory size needed", unit: "MB", better: "less" },
  { key: "streamDollars", label: "A million streams of 10 s at that size", unit: "$", better: "less" },
  { key: "coldDollars", label: "… added by cold starts, 1 in 100", unit: "$", better: "less" },
];

/** The figures of the product's deliveries, which are measured in one stage of their own. */
export const deliveryFigures: Figure[] = [
  { key: "firstDeltaMs", label: "Request to first delta", unit: "ms", better: "less" },
  { key: "delayUs", label: "Delay of a delta at 100/s, median", unit: "µs", better: "less" },
  { key: "delay99Us", label: "… 99th percentile", unit: "µs", better: "less" },
  { key: "pacedCpuUs", label: "CPU per delta at 100/s", unit: "µs", better: "less" },
  { key: "burstCpuUs", label: "CPU per delta, full speed", unit: "µs", better: "less" },
];

function figuresOfCpuShare(megabytes: number): Figure[] {
  const of = `Of${megabytes}Mb`;
  return [
    {
      key: `coldFirstDeltaMs${of}`,
      label: `CPU of ${megabytes} MB: cold start to first delta`,
      unit: "ms",
      better: "less",
    },
    { key: `warmFirstDeltaMs${of}`, label: "… warm request to first delta", unit: "ms", better: "less" },
    { key: `delayUs${of}`, label: "… delay of a delta at 100/s, median", unit: "µs", better: "less" },
    { key: `delay99Us${of}`, label: "… 99th percentile", unit: "µs", better: "less" },
    { key: `shareCpuUs${of}`, label: "… CPU per delta at 100/s", unit: "µs", better: "less" },
  ];
}

function figuresOfStreams(streams: number): Figure[] {
  const of = `Of${streams}Streams`;
  const label = streams === 1 ? "One stream at 10/s" : `${streams} streams at once at 10/s`;
  return [
    { key: `streamCpuUs${of}`, label: `${label}: CPU per delta`, unit: "µs", better: "less" },
    { key: `megabytes${of}`, label: "… memory of one environment", unit: "MB", better: "less" },
    { key: `delayUs${of}`, label: "… delay of a delta, median", unit: "µs", better: "less" },
    { key: `delay99Us${of}`, label: "… 99th percentile", unit: "µs", better: "less" },
    {
      key: `busyPercent${of}`,
      label: "… CPU of the whole machine in use",
      unit: "%",
      better: "less",
      isCondition: true,
    },
  ];
}

/** Two or three significant digits up to a million, because the samples vary too much for more. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value !== 0 && Math.abs(value) < 0.1) return value.toPrecision(2);
  if (Math.abs(value) >= 1000) return `${(value / 1000).toFixed(Math.abs(value) >= 100_000 ? 0 : 1)} k`;
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
