// Runs a script: prints its help if asked to, exits with the code of its result, and reports a wrong option in one sentence
// with exit code 2.
import { exitWhenOutputCloses } from "./closed-output.js";
import { OptionError } from "./options.ts";

interface Script<Options> {
  help: string;
  /** Throws `OptionError`. */
  readOptions: (args: string[]) => Options;
  /** Resolves with the exit code. Any error but `OptionError` is a bug in the script, so it keeps its stack trace. */
  main: (options: Options) => Promise<number>;
}

export async function runScript<Options extends { help: boolean }>(script: Script<Options>): Promise<void> {
  exitWhenOutputCloses();
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
