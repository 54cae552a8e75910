// Checks, one after the other, as the rows of a table.

export interface Check {
  /** What has to be true. */
  claim: string;
  /** Resolves with what was seen; rejects with what was seen instead. */
  run: () => Promise<string>;
}

const longestMs = 120_000;

/** Nothing answers there, so that no check can say anything: https://nodejs.org/api/errors.html#common-system-errors */
const unreachable = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** Why the service cannot be reached; the rest of the checks is not run. */
export class Unreachable extends Error {
  override name = "Unreachable" as const;
}

/** Resolves with how many failed. Rejects with `Unreachable`. */
export async function runChecks(checks: Check[], print: (line: string) => void): Promise<number> {
  const width = Math.max(...checks.map(({ claim }) => claim.length));
  let failed = 0;
  for (const { claim, run } of checks) {
    const { isGood, seen } = await result(run);
    if (!isGood) failed++;
    print(`${isGood ? "ok    " : "FAILED"}  ${claim.padEnd(width)}  ${seen}`);
  }
  return failed;
}

/** For every request of a check. */
export function deadline(): AbortSignal {
  return AbortSignal.timeout(longestMs);
}

async function result(run: Check["run"]): Promise<{ isGood: boolean; seen: string }> {
  try {
    return { isGood: true, seen: await run() };
  } catch (error) {
    const { name, message, cause } = error as Error;
    const { code = "" } = (cause ?? {}) as NodeJS.ErrnoException;
    if (unreachable.includes(code)) throw new Unreachable(code);
    const behind = cause instanceof Error && !message.includes(cause.message) ? ` (${cause.message})` : "";
    return { isGood: false, seen: `${name === "Error" ? "" : `${name}: `}${message}${behind}` };
  }
}
