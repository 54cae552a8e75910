// Holds output back until the first answer is complete.

/** Prints lines only after `release` has been called, so that no line appears in the middle of the first answer. */
export function createHeldOutput(): { line: (line: string) => void; release: () => void } {
  let held: string[] | undefined = [];
  return {
    line: (line) => (held ? void held.push(line) : console.log(line)),
    release() {
      for (const line of held ?? []) console.log(line);
      held = undefined;
    },
  };
}
