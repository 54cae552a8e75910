// `npm run smoke -- --url …`: tests a running service from outside, as its callers use it. Costs four short
// answers, or six with `--resumable`.
import { runScript } from "../run-script.ts";
import { streamChecks } from "./answered-requests.ts";
import { type Check, runChecks, Unreachable } from "./checks.ts";
import { openTarget, readSmokeOptions, smokeHelp, type SmokeOptions } from "./smoke-options.ts";
import { keptAnswerChecks } from "./kept-answers.ts";
import { rejectionChecks } from "./rejected-requests.ts";
import { colonCheck, sdkChecks } from "./sdk-requests.ts";

// On Node 20, the SDK would print a warning that its support for Node 20 will end. Nobody needs that warning here.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
await runScript({ help: smokeHelp, readOptions: readSmokeOptions, main });

async function main(options: SmokeOptions): Promise<number> {
  const target = await openTarget(options);
  const checks: Check[] = [
    ...rejectionChecks(target),
    colonCheck(target),
    ...streamChecks(target),
    ...sdkChecks(target),
    ...(options.resumable ? keptAnswerChecks(target) : []),
  ];
  const failed = await runChecks(checks, (line) => console.log(line)).catch((error: unknown) => {
    if (!(error instanceof Unreachable)) throw error;
    console.error(
      `Cannot reach ${target.url}: found ${error.message}; start the local stack with npm start, or give the URL of another service`,
    );
    return undefined;
  });
  if (failed === undefined) return 1;
  console.log(failed === 0 ? "\nAll checks passed" : `\n${failed} of ${checks.length} checks failed`);
  return failed === 0 ? 0 : 1;
}
