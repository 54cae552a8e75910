// Reads the options of a script. All scripts report a wrong option in the same form.
import { parseArgs, type ParseArgsConfig } from "node:util";

/** One sentence for the terminal: `Cannot <do>: <what was found>; <what to do>`. */
export class OptionError extends Error {
  override name = "OptionError" as const;
}

/** A script, as its error messages describe it. */
export interface ScriptName {
  /** The script's task, as it follows "Cannot" in an error: `run the soak`. */
  task: string;
  /** The command that the user types: `npm run soak`. */
  command: string;
}

type Definitions = NonNullable<ParseArgsConfig["options"]>;

const helpOption = { help: { type: "boolean", short: "h", default: false } } as const;

/** Parses the arguments. `options` are the definitions without `--help`, which every script has. Throws `OptionError`. */
export function parseOptions<const T extends Definitions>(
  script: ScriptName,
  args: string[],
  options: T,
  { allowPositionals = false } = {},
) {
  try {
    return parseArgs({ args, options: { ...options, ...helpOption }, allowPositionals, strict: true });
  } catch (error) {
    // Node's first sentence names the option. The sentences after it give hints that do not apply here.
    const [sentence = ""] = (error as Error).message.split(". ");
    const found = sentence.charAt(0).toLowerCase() + sentence.slice(1);
    throw optionError(script, found, `${script.command} -- --help lists the options`);
  }
}

/** For example: `Cannot run the soak: --callers is "none"; give a whole number from 1 to 500` */
export function wrongValue(script: ScriptName, name: string, value: string, advice: string): OptionError {
  return optionError(script, `--${name} is "${value}"`, advice);
}

export function optionError({ task }: ScriptName, found: string, advice: string): OptionError {
  return new OptionError(`Cannot ${task}: ${found}; ${advice}`);
}

/** Throws `OptionError` unless the text is a whole number within the limits, both included. */
export function readWholeNumber(
  script: ScriptName,
  name: string,
  text: string,
  [least, most]: [least: number, most: number],
): number {
  const number = Number(text);
  if (/^-?\d+$/.test(text) && number >= least && number <= most) return number;
  throw wrongValue(script, name, text, `give a whole number from ${least} to ${most}`);
}
