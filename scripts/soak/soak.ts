// `npm run soak`: sends requests from many callers to the local stack for a given time, and prints a table of the results.
import { runScript } from "../run-script.ts";
import { createStatusLine } from "../status-line.ts";
import type { Ledger } from "./ledger.ts";
import { readSoakOptions, soakHelp, type SoakOptions } from "./soak-options.ts";
import { runSoak } from "./run-soak.ts";
import { toTable } from "./soak-table.ts";

await runScript({ help: soakHelp, readOptions: readSoakOptions, main });

async function main(options: SoakOptions): Promise<number> {
  const seconds = options.milliseconds / 1000;
  console.log(`${options.callers} callers for ${seconds} s, seed ${options.seed}`);
  const status = createStatusLine(process.stderr);
  const startedAt = performance.now();
  const showProgress = ({ streams, deltas, lost, unexplained }: Ledger): void => {
    const counts = `${streams} streams, ${deltas} deltas, ${lost} lost, ${unexplained} unexplained`;
    status.show(
      `${Math.round((performance.now() - startedAt) / 1000)} of ${Math.round(seconds)} s: ${counts}`,
    );
  };
  const outcome = await runSoak(options, showProgress).finally(() => status.clear());
  console.log(toTable(outcome));
  const { problems } = outcome.ledger;
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}
