// The most bytes that the archive of each function may have without AWS's SDK. Every cold start loads the archive, so more bytes
// need a reason. The WebAssembly program for deltas takes 1.7 kB of each archive, and more than halves the CPU time of a delta.

const budgets = { "converse.zip": 28_000, "webSocket.zip": 28_000, "appSync.zip": 28_000 };
/** The bytes that each archive may have in addition if the service keeps answers, for the code that records and reads them. */
const answerStoreBudget = 9_000;

/**
 * Undefined for an archive without a budget.
 *
 * @param {string} archive The name of the file.
 * @param {boolean} keepsAnswers
 * @returns {number | undefined}
 */
export function budgetOf(archive, keepsAnswers) {
  if (!Object.hasOwn(budgets, archive)) return undefined;
  return budgets[archive] + (keepsAnswers ? answerStoreBudget : 0);
}
