// The answer as it grows: chunks of Bedrock's event stream in, lines and the facts about them out. Knows no time limits.
import type { EndLine, Timing, Usage } from "../wire.ts";
import { ConverseError } from "./converse-error.ts";
import { EventStreamCorrupt, EventStreamDecoder, type Frame } from "./events/event-stream-decoder.ts";
import { readFrame, stopReasonOf, usageOf } from "./events/read-frame.ts";
import { InvalidEvent, LineBuffer, type Format } from "./lines/line-buffer.ts";

export class Answer {
  readonly lines: LineBuffer;
  /** Once it is there the answer is whole: all that may follow is facts about it. Empty if Bedrock named none. */
  stopReason: string | undefined;
  usage: Usage | undefined;
  deltas = 0;
  readonly #startedAt: number;
  #firstDeltaAt: number | undefined;
  readonly #decoder = new EventStreamDecoder((frame) => this.#onFrame(frame));
  #onFirstEvent: (() => void) | undefined;

  /** `startedAt` is the request's arrival; `onFirstEvent` is called before the first event's line is made. */
  constructor(format: Format, startedAt: number, onFirstEvent: () => void) {
    this.lines = new LineBuffer(format);
    this.#startedAt = startedAt;
    this.#onFirstEvent = onFirstEvent;
  }

  get timing(): Timing {
    const since = (at: number) => Math.round(at - this.#startedAt);
    const totalMs = since(performance.now());
    return this.#firstDeltaAt === undefined
      ? { totalMs }
      : { firstDeltaMs: since(this.#firstDeltaAt), totalMs };
  }

  /** Only for an answer that has a stop reason. */
  get endLine(): EndLine {
    const { stopReason = "", usage, timing } = this;
    return { type: "end", stopReason, ...(usage && { usage }), timing };
  }

  /** Throws the `ConverseError` that ends the stream; the lines of what came before it have been made. */
  push(chunk: Buffer): void {
    // An event's line is hardly ever longer than its frame.
    this.lines.reserve(chunk.length);
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof EventStreamCorrupt || error instanceof InvalidEvent)) throw error;
      const message = `Bedrock's stream cannot be trusted any further: ${error.message}`;
      throw new ConverseError("StreamCorrupt", message, { cause: error });
    }
  }

  #onFrame(frame: Frame): void {
    const meaning = readFrame(frame);
    if ("failure" in meaning) throw meaning.failure;
    this.#onFirstEvent?.();
    this.#onFirstEvent = undefined;
    const { name } = meaning;
    this.lines.event(name, frame.payload);
    if (name === "contentBlockDelta") {
      this.deltas++;
      this.#firstDeltaAt ??= performance.now();
    } else if (name === "messageStop") {
      // One that says less takes nothing back of what an earlier one said; the first makes the answer whole.
      this.stopReason = stopReasonOf(frame.payload) ?? this.stopReason ?? "";
    } else if (name === "metadata") {
      const usage = usageOf(frame.payload);
      if (usage) this.usage = { ...this.usage, ...usage };
    }
  }
}
