// Shows the progress of a long run: on a terminal in one line that is replaced, in a log file only in lines that stay.

export interface StatusLine {
  /** Prints a line that stays. */
  say(message: string): void;
  /** Prints a line only if the output is a log file, where `show` prints nothing. */
  sayInLog(message: string): void;
  /** Replaces the status line on a terminal. In a log file, does nothing. */
  show(status: string): void;
  clear(): void;
}

/** https://en.wikipedia.org/wiki/ANSI_escape_code#Control_Sequence_Introducer_commands */
const clearLine = "\r\x1b[2K";

export function createStatusLine(output: NodeJS.WriteStream): StatusLine {
  const clear = () => void (output.isTTY && output.write(clearLine));
  return {
    say(message) {
      clear();
      output.write(`${message}\n`);
    },
    sayInLog: (message) => void (output.isTTY || output.write(`${message}\n`)),
    show: (status) => void (output.isTTY && output.write(`${clearLine}${status}`)),
    clear,
  };
}
