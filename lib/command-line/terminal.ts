// Dims text, replaces control characters, and exits quietly when nobody reads the output.

/** Dims the text if standard error is a terminal with colors. Respects NO_COLOR. */
export function dim(text: string): string {
  return process.stderr.isTTY && process.stderr.hasColors() ? `\u001b[2m${text}\u001b[22m` : text;
}

/** Replaces control characters with U+FFFD, so that a model or server cannot control the terminal. */
export function printable(text: string): string {
  return text.replaceAll("\r", "").replaceAll(/(?![\n\t])\p{Cc}/gu, "\uFFFD");
}

/** Exits with 0 when the reader closes the pipe, as in `| head -1`, because it has read enough. */
export function endQuietlyWithoutReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(
      `Cannot write the output: writing failed with ${error.code ?? error.message}; check the disk and the file\n`,
    );
    process.exit(1);
  });
  // Ignored, because the answer on standard output can still be printed.
  process.stderr.on("error", () => {});
}
