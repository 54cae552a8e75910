// One line that says how far the soak is, on a terminal alone.
import type { Ledger } from "./ledger.ts";

export interface Progress {
  show(ledger: Ledger): void;
  clear(): void;
}

export function createProgress(milliseconds: number): Progress {
  const startedAt = performance.now();
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show({ streams, deltas, lost, unexplained }) {
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      const counts = `${streams} streams, ${deltas} deltas, ${lost} lost, ${unexplained} unexplained`;
      process.stderr.write(`\r\x1b[2K${seconds} of ${Math.round(milliseconds / 1000)} s: ${counts}`);
    },
    clear: () => void process.stderr.write("\r\x1b[2K"),
  };
}
