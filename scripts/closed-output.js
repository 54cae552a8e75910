// Ends a script without an error when its standard output is closed, as in `npm run smoke | head -1`.
// Plain JavaScript, because it runs before anything is installed.

/** Without this listener Node prints the stack trace of an unhandled "error" event. */
export function exitWhenOutputCloses() {
  process.stdout.on("error", (error) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}
