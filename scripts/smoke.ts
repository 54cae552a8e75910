// `npm run smoke -- --url …`: proves a running service from outside, as its callers meet it. Costs two short answers.
import { OptionError } from "./local-options.ts";
import { streamChecks } from "./smoke/answers.ts";
import { type Check, runChecks } from "./smoke/checks.ts";
import { openTarget, readOptions, smokeHelp, type SmokeOptions } from "./smoke/options.ts";
import { refusalChecks } from "./smoke/refusals.ts";

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function main(options: SmokeOptions): Promise<number> {
  if (options.help) {
    process.stdout.write(smokeHelp);
    return 0;
  }
  const target = await openTarget(options);
  const checks: Check[] = [...refusalChecks(target), ...streamChecks(target)];
  const failed = await runChecks(checks, (line) => console.log(line));
  console.log(failed === 0 ? "\nAll is well" : `\n${failed} of ${checks.length} checks failed`);
  return failed === 0 ? 0 : 1;
}
