// Runs checks one after the other and prints each result as a row of a table.

export interface Check {
  /** The statement to check, such as "an unsigned request is rejected". */
  claim: string;
  /** Resolves with what was found if the claim is true. Otherwise rejects with an error that describes what was found. */
  run: () => Promise<string>;
}

const longestMs = 120_000;

/**
 * These codes mean that no server was reached, so no check can give a result:
 * https://nodejs.org/api/errors.html#common-system-errors
 */
const unreachable = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** The service cannot be reached, so the remaining checks are not run. */
export class Unreachable extends Error {
  override name = "Unreachable" as const;
}

/** Resolves with the number of failed checks. Rejects with `Unreachable`. */
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

/** The timeout of a check's request. */
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
