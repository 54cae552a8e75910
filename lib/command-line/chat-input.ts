// Reads the lines that a user types. While an answer is printed, typing is hidden and Ctrl-C stops the answer.
import { createInterface } from "node:readline";
import { withoutByteOrderMark } from "./prompt.ts";
import { createMutedOutput } from "./muted-output.ts";

export interface ChatInput {
  /** Whether a person is typing in a terminal, not a file or a pipe. */
  interactive: boolean;
  /** The next line, or `undefined` at the end of the input. */
  next(): Promise<string | undefined>;
  /** Runs `work` with a signal that aborts at Ctrl-C. */
  untilCtrlC<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  close(): void;
}

const promptText = "> ";

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

  async function next(): Promise<string | undefined> {
    const line = typed.shift();
    if (line !== undefined) {
      // It was typed while an answer was printed, and therefore hidden.
      if (interactive) stderr.write(`${promptText}${line}\n`);
      return line;
    }
    if (closed) return undefined;
    if (interactive) {
      output.unmute();
      // `true` keeps the part of a line that was typed during the answer.
      keyboard.prompt(true);
    }
    await new Promise<void>((resolve) => (wake = resolve));
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
