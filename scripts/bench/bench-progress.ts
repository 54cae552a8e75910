// What a run is at: one line that changes on a terminal, and a line for each stage elsewhere.

export interface Progress {
  /** A thing said once. */
  say(message: string): void;
  /** How many steps there will be. */
  plan(steps: number): void;
  /** Something longer begins. */
  stage(title: string): void;
  step(message: string): void;
  done(): void;
}

const clearLine = "\r\x1b[K";

export function createProgress(output: NodeJS.WriteStream): Progress {
  let planned = 0;
  let taken = 0;
  let startedAt = 0;
  return {
    say: (message) => void output.write(`${output.isTTY ? clearLine : ""}${message}\n`),
    plan(steps) {
      planned = steps;
      startedAt = performance.now();
    },
    stage(title) {
      if (!output.isTTY) output.write(`Measuring: ${title}\n`);
    },
    step(message) {
      const seconds = (performance.now() - startedAt) / 1000;
      taken++;
      if (!output.isTTY) return;
      const percent = Math.floor(((taken - 1) / planned) * 100);
      output.write(`${clearLine}${percent} %, ${Math.round(seconds)} s: ${message}`);
    },
    done() {
      if (output.isTTY) output.write(clearLine);
    },
  };
}
