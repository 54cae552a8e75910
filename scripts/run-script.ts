// How a script of npm's begins and ends: with its options or its help, with its exit code, or with one sentence and 2.

/** What is wrong with an option, in a sentence for the terminal. */
export class OptionError extends Error {
  override name = "OptionError" as const;
}

interface Script<Options> {
  help: string;
  /** Throws `OptionError`. */
  readOptions: (args: string[]) => Options;
  /** Resolves with the exit code. What it throws that is no `OptionError` is a defect, and keeps its stack. */
  main: (options: Options) => Promise<number>;
}

export async function runScript<Options extends { help: boolean }>(script: Script<Options>): Promise<void> {
  try {
    const options = script.readOptions(process.argv.slice(2));
    if (options.help) process.stdout.write(script.help);
    else process.exitCode = await script.main(options);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
