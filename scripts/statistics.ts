// Quantiles and spread of samples.

/** The value below which the given share of the samples lies, interpolated; 0.5 is the median. NaN without samples. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? NaN;
  return below + ((sorted[Math.ceil(at)] ?? NaN) - below) * (at - Math.floor(at));
}

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

/** The interquartile range, relative to the median: 0.1 means that half of the samples lie within about 5 % of the median. */
export function spread(values: number[]): number {
  const middle = median(values);
  if (values.length < 2 || middle === 0) return 0;
  return Math.abs((quantile(values, 0.75) - quantile(values, 0.25)) / middle);
}
