// `npm run soak`: many callers against the local stack for as long as is asked, and a table of what became of them.
import { runScript } from "../run-script.ts";
import { createProgress } from "./soak-progress.ts";
import { help, readOptions, type SoakOptions } from "./soak-options.ts";
import { runSoak } from "./play-streams.ts";
import { toTable } from "./table.ts";

await runScript({ help, readOptions, main });

async function main(options: SoakOptions): Promise<number> {
  console.log(`${options.callers} callers for ${options.milliseconds / 1000} s, seed ${options.seed}`);
  const progress = createProgress(options.milliseconds);
  const outcome = await runSoak(options, progress.show).finally(progress.clear);
  console.log(toTable(outcome));
  const { problems } = outcome.ledger;
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}
