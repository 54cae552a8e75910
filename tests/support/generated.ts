// How often generated tests run, and from which seed: few runs at first, more with `npm run fuzz -- --runs N`.
import type fc from "fast-check";

const runs = process.env["FUZZ_RUNS"];
const seed = process.env["FUZZ_SEED"];

/** The runs of one property; its seed stands in the failure's message, with what it came down to. */
export function parameters<T>(usualRuns: number): fc.Parameters<T> {
  return { numRuns: Number(runs ?? usualRuns), ...(seed !== undefined && { seed: Number(seed) }) };
}
