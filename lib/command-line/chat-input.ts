// Reads the lines that a user types. While an answer is printed, typing is hidden and Ctrl-C stops the answer.
import { createInterface } from "node:readline";
import { withoutByteOrderMark } from "./prompt.ts";
import { dropped, type NextLine } from "./entries.ts";
import { createMutedOutput } from "./muted-output.ts";

export interface ChatInput {
  /** Whether a person types in a terminal. Otherwise the lines come from a file or a pipe. */
  interactive: boolean;
  /** Resolves with the next line. Ctrl-C discards the lines that the user has already typed for the same entry. */
  next: NextLine;
  /** Runs `work` with a signal that aborts at Ctrl-C. */
  untilCtrlC<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  close(): void;
}

const promptText = "> ";
const continuedPrompt = "... ";

/** `note` prints a line for the user. */
export function openChatInput(note: (text: string) => void): ChatInput {
  const { stdin, stderr } = process;
  const interactive = stdin.isTTY && stderr.isTTY;
  const output = createMutedOutput(stderr);
  const keyboard = createInterface({
    input: stdin,
    prompt: promptText,
    ...(interactive && { output: output.stream, terminal: true }),
  });
  const typed: string[] = [];
  let isFirstLine = true;
  let closed = false;
  let askedToLeave = false;
  let continuing = false;
  let isDropped = false;
  let running: AbortController | undefined;
  let wake = (): void => undefined;

  keyboard.on("line", (line) => {
    askedToLeave = false;
    typed.push(isFirstLine ? withoutByteOrderMark(line) : line);
    isFirstLine = false;
    output.mute();
    wake();
  });
  keyboard.on("close", () => {
    closed = true;
    wake();
  });
  keyboard.on("SIGINT", () => {
    if (running) running.abort();
    else if (continuing) drop();
    else if (keyboard.line !== "") clearLine();
    else if (askedToLeave) keyboard.close();
    else askToLeave();
  });

  function clearLine(): void {
    keyboard.write(null, { ctrl: true, name: "e" });
    keyboard.write(null, { ctrl: true, name: "u" });
  }

  function askToLeave(): void {
    askedToLeave = true;
    stderr.write("\n");
    note("Press Ctrl-C again or Ctrl-D to leave");
    keyboard.prompt();
  }

  function drop(): void {
    clearLine();
    stderr.write("\n");
    isDropped = true;
    wake();
  }

  async function next(continues: boolean): ReturnType<NextLine> {
    const line = typed.shift();
    const prompt = continues ? continuedPrompt : promptText;
    if (line !== undefined) {
      // The line was typed while an answer was printed, so the user has not seen it yet.
      if (interactive) stderr.write(`${prompt}${line}\n`);
      return line;
    }
    if (closed) return undefined;
    if (interactive) {
      output.unmute();
      keyboard.setPrompt(prompt);
      // `true` keeps the part of a line that was typed during the answer.
      keyboard.prompt(true);
    }
    continuing = continues;
    await new Promise<void>((resolve) => (wake = resolve));
    continuing = false;
    if (isDropped) {
      isDropped = false;
      return dropped;
    }
    if (interactive && closed) stderr.write("\n");
    return typed.shift();
  }

  async function untilCtrlC<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    running = new AbortController();
    try {
      return await work(running.signal);
    } finally {
      running = undefined;
    }
  }

  return { interactive, next, untilCtrlC, close: () => keyboard.close() };
}
