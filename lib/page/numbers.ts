// Writes times and counts for people.

/** Such as "0.312", in seconds, for a column. */
export function formatSeconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Such as "0.4 ms", "25 ms" or "1.3 s". */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export function formatCount(count: number): string {
  return (count < 10 ? withTenths : whole).format(count);
}

/** Made once, because that takes as long as hundreds of numbers. */
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const withTenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
