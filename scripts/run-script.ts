// How a script of npm's ends: with its exit code, or with one sentence and 2 where the caller can mend what is wrong.

/** What is wrong with an option, in a sentence for the terminal. */
export class OptionError extends Error {
  override name = "OptionError" as const;
}

/** `main` resolves with the exit code. What is no `OptionError` is a defect, and keeps its stack. */
export async function runScript(main: (args: string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
