// Output that is held back until the first answer is complete.

/** Holds lines back until `release`, so that none appears in the middle of the first answer. */
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
