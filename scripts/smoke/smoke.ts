// `npm run smoke -- --url …`: proves a running service from outside, as its callers meet it. Costs two short answers.
import { runScript } from "../run-script.ts";
import { streamChecks } from "./answered-requests.ts";
import { type Check, runChecks, Unreachable } from "./checks.ts";
import { openTarget, readOptions, smokeHelp, type SmokeOptions } from "./smoke-options.ts";
import { refusalChecks } from "./rejected-requests.ts";

await runScript({ help: smokeHelp, readOptions, main });

async function main(options: SmokeOptions): Promise<number> {
  const target = await openTarget(options);
  const checks: Check[] = [...refusalChecks(target), ...streamChecks(target)];
  const failed = await runChecks(checks, (line) => console.log(line)).catch((error: unknown) => {
    if (!(error instanceof Unreachable)) throw error;
    console.error(
      `Cannot reach ${target.url} (${error.message}): start the local stack with npm start, or name a service with --url`,
    );
    return undefined;
  });
  if (failed === undefined) return 1;
  console.log(failed === 0 ? "\nAll is well" : `\n${failed} of ${checks.length} checks failed`);
  return failed === 0 ? 0 : 1;
}
