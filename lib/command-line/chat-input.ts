// The lines that are typed. While an answer is printed, typing is out of sight and Ctrl-C ends the answer.
import { createInterface } from "node:readline";
import { withoutByteOrderMark } from "./prompt.ts";
import { createScreen } from "./screen.ts";

export interface ChatInput {
  /** Whether somebody sits at a terminal. */
  interactive: boolean;
  /** The next line, `undefined` at the end. */
  next(): Promise<string | undefined>;
  /** Runs what a line asked for; the signal is Ctrl-C. */
  during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  close(): void;
}

const promptText = "> ";

export function openChatInput(note: (text: string) => void): ChatInput {
  const { stdin, stderr } = process;
  const interactive = stdin.isTTY && stderr.isTTY;
  const screen = createScreen(stderr);
  const keyboard = createInterface({
    input: stdin,
    prompt: promptText,
    ...(interactive && { output: screen.stream, terminal: true }),
  });
  const typed: string[] = [];
  let begun = false;
  let closed = false;
  let leaving = false;
  let running: AbortController | undefined;
  let wake = (): void => undefined;

  keyboard.on("line", (line) => {
    leaving = false;
    typed.push(begun ? line : withoutByteOrderMark(line));
    begun = true;
    screen.mute();
    wake();
  });
  keyboard.on("close", () => {
    closed = true;
    wake();
  });
  keyboard.on("SIGINT", () => {
    if (running) running.abort();
    else if (keyboard.line !== "") clearLine();
    else if (leaving) keyboard.close();
    else remind();
  });

  function clearLine(): void {
    keyboard.write(null, { ctrl: true, name: "e" });
    keyboard.write(null, { ctrl: true, name: "u" });
  }

  function remind(): void {
    leaving = true;
    stderr.write("\n");
    note("Ctrl-C again, or Ctrl-D, leaves");
    keyboard.prompt();
  }

  async function next(): Promise<string | undefined> {
    const line = typed.shift();
    if (line !== undefined) {
      // Typed ahead, so that it has not been seen yet.
      if (interactive) stderr.write(`${promptText}${line}\n`);
      return line;
    }
    if (closed) return undefined;
    if (interactive) {
      screen.unmute();
      // Keeps what was typed of a line during the answer.
      keyboard.prompt(true);
    }
    await new Promise<void>((resolve) => (wake = resolve));
    if (interactive && closed) stderr.write("\n");
    return typed.shift();
  }

  async function during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    running = new AbortController();
    try {
      return await work(running.signal);
    } finally {
      running = undefined;
    }
  }

  return { interactive, next, during, close: () => keyboard.close() };
}
