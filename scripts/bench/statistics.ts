// What is told of many samples: the middle, and how far they lie apart.

/** Between 0 and 1: 0.5 is the median. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? NaN;
  return below + ((sorted[Math.ceil(at)] ?? NaN) - below) * (at - Math.floor(at));
}

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

/** The middle half's width, relative to the median: 0.1 is "most samples lie within 5 % of the middle". */
export function spread(values: number[]): number {
  const middle = median(values);
  if (values.length < 2 || middle === 0) return 0;
  return Math.abs((quantile(values, 0.75) - quantile(values, 0.25)) / middle);
}
