// Prints an answer: its text on standard output, everything else on standard error.
import { once } from "node:events";
import type {
  ContentBlockDeltaLine,
  ConverseEvent,
  ConverseResult,
  ConverseStream,
} from "../client/index.ts";
import { createWholeCharacters, type WholeCharacters } from "../client/whole-characters.ts";
import { dim, printable } from "./terminal.ts";

export interface Output {
  /**
   * Prints an answer while it arrives. `summary` is one line with its times, tokens and stop reason. Call this right
   * after sending the request, because the times start now.
   */
  answer(stream: ConverseStream): Promise<{ result: ConverseResult; summary: string }>;
  /** Prints a line unchanged. */
  line(line: string): Promise<void>;
  /** Starts a new line, unless the output is already at the start of one. */
  endLine(): void;
  /** Prints a dimmed line. */
  note(text: string): void;
  /** Prints a line that is not dimmed. */
  warn(text: string): void;
}

export function createOutput(): Output {
  const { stdout, stderr } = process;
  let lineEnded = true;
  let thinking = false;

  async function answer(stream: ConverseStream): Promise<{ result: ConverseResult; summary: string }> {
    const times = new CallerClock();
    const characters = { text: createWholeCharacters(), reasoning: createWholeCharacters() };
    try {
      for await (const event of stream) {
        times.record(event);
        if (event.type === "contentBlockDelta") await print(event);
        if (event.type === "contentBlockStop") await finish((pieces) => pieces.end(event.contentBlockIndex));
      }
    } finally {
      await finish((pieces) => pieces.endAll());
    }
    const result = await stream.result();
    return { result, summary: summaryOf(result, times) };

    async function print({ contentBlockIndex: block, delta }: ContentBlockDeltaLine): Promise<void> {
      const { text, reasoningContent } = delta ?? {};
      if (typeof reasoningContent?.text === "string") {
        printReasoning(characters.reasoning.add(block, reasoningContent.text));
      }
      if (typeof text === "string") await printText(characters.text.add(block, text));
    }

    async function finish(end: (pieces: WholeCharacters) => string): Promise<void> {
      printReasoning(end(characters.reasoning));
      await printText(end(characters.text));
    }
  }

  async function printText(text: string): Promise<void> {
    if (text === "") return;
    if (thinking) stderr.write("\n\n");
    thinking = false;
    lineEnded = text.endsWith("\n");
    await write(stdout.isTTY ? printable(text) : text);
  }

  /** Prints reasoning only on a terminal, so that it does not end up in a log. */
  function printReasoning(text: string): void {
    if (!stderr.isTTY || text === "") return;
    if (!thinking) endLine();
    thinking = true;
    stderr.write(dim(printable(text)));
  }

  function endLine(): void {
    if (thinking) stderr.write("\n");
    else if (!lineEnded) stdout.write("\n");
    thinking = false;
    lineEnded = true;
  }

  function warn(text: string): void {
    endLine();
    stderr.write(`${printable(text)}\n`);
  }

  function note(text: string): void {
    endLine();
    stderr.write(`${dim(printable(text))}\n`);
  }

  return { answer, line: (line) => write(`${line}\n`), endLine, note, warn };
}

async function write(data: string): Promise<void> {
  if (!process.stdout.write(data)) await once(process.stdout, "drain");
}

/**
 * Measures the times that the user sees, in milliseconds since the request was sent. They include connecting and a cold start.
 */
class CallerClock {
  readonly #startedAt = performance.now();
  firstDeltaMs: number | undefined;
  totalMs = 0;

  /** Call this for each event when it arrives. */
  record({ type }: ConverseEvent): void {
    this.totalMs = performance.now() - this.#startedAt;
    if (type === "contentBlockDelta") this.firstDeltaMs ??= this.totalMs;
  }
}

function summaryOf({ timing, usage, stopReason }: ConverseResult, times: CallerClock): string {
  const tokens = usage ? `${usage.inputTokens} tokens in, ${usage.outputTokens} out` : "tokens unknown";
  const { firstDeltaMs, totalMs } = times;
  return `${describeTimes({ firstDeltaMs, totalMs }, timing)}, ${tokens}, ${stopReason}`;
}

interface AnswerTimes {
  firstDeltaMs?: number | undefined;
  totalMs?: number | undefined;
}

/** The caller's times, with the service's in parentheses if they are known. */
export function describeTimes(caller: AnswerTimes, service: AnswerTimes | undefined): string {
  const firstDelta = describeTime("first delta", caller.firstDeltaMs, service?.firstDeltaMs) ?? "no delta";
  return `${firstDelta}, ${describeTime("total", caller.totalMs, service?.totalMs) ?? "no end"}`;
}

function describeTime(name: string, caller: number | undefined, service: number | undefined) {
  if (caller === undefined) return undefined;
  const beside = service === undefined ? "" : ` (service ${Math.round(service)} ms)`;
  return `${name} ${Math.round(caller)} ms${beside}`;
}
