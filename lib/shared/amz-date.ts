// Formats the time of a signature.

/** The value of `x-amz-date`, such as `20260102T030405Z`. Throws a RangeError for an invalid date. */
export function amzDate(date: Date): string {
  return date.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
}
