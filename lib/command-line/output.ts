// Prints the answer's text on standard output and nothing else there; the rest on standard error.
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
  /** Prints an answer as it arrives, and gives back a line about it. To be called when the request is made. */
  answer(stream: ConverseStream): Promise<{ result: ConverseResult; summary: string }>;
  /** Prints bytes of the wire. */
  bytes(bytes: Uint8Array): Promise<void>;
  /** Ends the line that the answer left. */
  endLine(): void;
  /** A line about the answer, dimmed. */
  note(text: string): void;
  /** A line that is to be seen. */
  warn(text: string): void;
}

export function createOutput(): Output {
  const { stdout, stderr } = process;
  let lineEnded = true;
  let thinking = false;

  async function answer(stream: ConverseStream): Promise<{ result: ConverseResult; summary: string }> {
    const times = new CallerTimes();
    const characters = { text: createWholeCharacters(), reasoning: createWholeCharacters() };
    try {
      for await (const event of stream) {
        times.note(event);
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
        think(characters.reasoning.add(block, reasoningContent.text));
      }
      if (typeof text === "string") await say(characters.text.add(block, text));
    }

    async function finish(end: (pieces: WholeCharacters) => string): Promise<void> {
      think(end(characters.reasoning));
      await say(end(characters.text));
    }
  }

  async function say(text: string): Promise<void> {
    if (text === "") return;
    if (thinking) stderr.write("\n\n");
    thinking = false;
    lineEnded = text.endsWith("\n");
    await write(stdout.isTTY ? printable(text) : text);
  }

  // Where nobody watches, reasoning would only be mixed into a log.
  function think(text: string): void {
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

  return { answer, bytes: write, endLine, note, warn };
}

async function write(data: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(data)) await once(process.stdout, "drain");
}

/** Milliseconds from the call on, with everything that happens on the way: connecting, waiting, a cold start. */
class CallerTimes {
  readonly #startedAt = performance.now();
  firstDeltaMs: number | undefined;
  totalMs = 0;

  /** To be told of each event as it comes. */
  note({ type }: ConverseEvent): void {
    this.totalMs = performance.now() - this.#startedAt;
    if (type === "contentBlockDelta") this.firstDeltaMs ??= this.totalMs;
  }
}

function summaryOf({ timing, usage, stopReason }: ConverseResult, times: CallerTimes): string {
  const tokens = usage ? `${usage.inputTokens} tokens in, ${usage.outputTokens} out` : "tokens unknown";
  const { firstDeltaMs, totalMs } = times;
  return `${describeTimes({ firstDeltaMs, totalMs }, timing)}, ${tokens}, ${stopReason}`;
}

interface Times {
  firstDeltaMs?: number | undefined;
  totalMs?: number | undefined;
}

/** The caller's times, and the service's where it has told them. */
export function describeTimes(caller: Times, service: Times | undefined): string {
  const firstDelta = describeTime("first delta", caller.firstDeltaMs, service?.firstDeltaMs) ?? "no delta";
  return `${firstDelta}, ${describeTime("total", caller.totalMs, service?.totalMs) ?? "no end"}`;
}

function describeTime(name: string, caller: number | undefined, service: number | undefined) {
  if (caller === undefined) return undefined;
  const beside = service === undefined ? "" : ` (service ${Math.round(service)} ms)`;
  return `${name} ${Math.round(caller)} ms${beside}`;
}
