// The sizes of a benchmark run.

/** `tiny` is for the tests, `quick` for everyday use, `full` for figures to publish. */
export type Size = "tiny" | "quick" | "full";
