// What a terminal takes, and what is written when there is none.

/** Dimmed where standard error is a terminal that has colours; NO_COLOR is respected. */
export function dim(text: string): string {
  return process.stderr.isTTY && process.stderr.hasColors() ? `\u001b[2m${text}\u001b[22m` : text;
}

/** What a model or a server writes must not steer the terminal: control characters are shown as a sign. */
export function printable(text: string): string {
  return text.replaceAll("\r", "").replaceAll(/(?![\n\t])\p{Cc}/gu, "\uFFFD");
}

/** A reader that leaves, as with `| head -1`, has what it wanted: that is no failure. */
export function endQuietlyWithoutReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`Cannot write the output: ${error.code ?? error.message}\n`);
    process.exit(1);
  });
  // Without standard error there is still an answer to print.
  process.stderr.on("error", () => {});
}
