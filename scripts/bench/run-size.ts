// The length of a benchmark run: tiny, quick or full.

/** `tiny` is for the tests, `quick` for everyday use, `full` for figures to publish. */
export type Size = "tiny" | "quick" | "full";
