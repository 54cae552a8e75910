// Formats times and counts for display.

/** Formats a time in seconds with three decimals, such as "0.312", so that a column of times is aligned. */
export function formatSeconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Formats a time with its unit, such as "0.4 ms", "25 ms" or "1.30 s". */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export function formatCount(count: number): string {
  return (count < 10 ? withTenths : whole).format(count);
}

/** The formatters are created only once, because creating one takes as long as formatting hundreds of numbers. */
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const withTenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
