// The number of runs and the seed of generated tests: few runs in `npm test`, more with `npm run fuzz -- --runs N`.
import type fc from "fast-check";

const runs = process.env["FUZZ_RUNS"];
const seed = process.env["FUZZ_SEED"];

/** fast-check's parameters for one property. A failure prints the seed and the smallest failing input. */
export function parameters<T>(usualRuns: number): fc.Parameters<T> {
  return { numRuns: Number(runs ?? usualRuns), ...(seed !== undefined && { seed: Number(seed) }) };
}
