// Runs a command in a pseudo-terminal, so that a test can read what the terminal shows, and can type into it.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { waitFor } from "../deadline.ts";

/** The `script` command of util-linux runs a command in a pseudo-terminal. */
export const hasTerminal = /util-linux/.test(String(spawnSync("script", ["--version"]).stdout));

export const ctrlC = "\u0003";
export const ctrlD = "\u0004";
/** The prompt of `deltapipe chat`. */
export const prompt = /> (␛\[3G)?$/;

export interface Terminal {
  /** Resolves with the text since the last call, up to the end of the match. */
  shows(pattern: RegExp): Promise<string>;
  type(keys: string): void;
  exit: Promise<number | null>;
  kill(): void;
}

/** Runs a shell command in a pseudo-terminal. */
export function openTerminal(command: string, variables: Record<string, string>): Terminal {
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: { TERM: "xterm-256color", ...variables },
  });
  let shown = "";
  let check = (): void => undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    // ESC becomes a visible character, so that patterns and failures can be read.
    shown = (shown + text).replaceAll("\r\n", "\n").replaceAll("\u001b", "␛");
    check();
  });
  return {
    shows(pattern) {
      const found = new Promise<string>((resolve) => {
        check = () => {
          const match = pattern.exec(shown);
          if (!match) return;
          const end = match.index + match[0].length;
          resolve(shown.slice(0, end));
          shown = shown.slice(end);
          check = () => undefined;
        };
        check();
      });
      return waitFor(`${pattern} in the terminal`, found);
    },
    type: (keys) => void child.stdin.write(keys),
    exit: waitFor("The exit", once(child, "close")).then(([code]) => code as number | null),
    kill: () => void child.kill("SIGKILL"),
  };
}
