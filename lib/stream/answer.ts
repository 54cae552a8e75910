// One answer while it arrives: takes chunks of Bedrock's event stream and makes the bytes that the caller gets.
import type { Timing, Usage } from "../wire.ts";
import type { AnswerWriter } from "./answer-format.ts";
import { ConverseError } from "./converse-error.ts";
import type { RelayOptions } from "./sink.ts";
import { EventStreamDecoder, type Frame } from "./events/event-stream-decoder.ts";
import { EventStreamCorrupt } from "./events/frame-headers.ts";
import type { FrameRun, LineParts } from "./events/frame-run.ts";
import { readFrame, stopReasonOf, usageOf } from "./events/read-frame.ts";
import { InvalidEvent } from "./lines/event-payload.ts";

/** Collects lines until `take` is called, so that one chunk from Bedrock becomes one write. The relay handles time limits. */
export class Answer {
  /** Undefined until Bedrock has sent `messageStop`; "" if that had no reason. */
  stopReason: string | undefined;
  usage: Usage | undefined;
  deltas = 0;
  readonly #options: Pick<RelayOptions, "requestId" | "model" | "startedAt">;
  readonly #writer: AnswerWriter;
  readonly #decoder = new EventStreamDecoder((frame) => this.#onFrame(frame), {
    lineParts: () => this.#lineParts,
    onRun: (run) => this.#onRun(run),
  });
  /** Undefined unless the last frame was a delta. All other events have to be read one by one. */
  #lineParts: LineParts | undefined;
  #isStarted = false;
  #firstDeltaAt: number | undefined;

  constructor(options: Pick<RelayOptions, "writer" | "requestId" | "model" | "startedAt">) {
    this.#options = options;
    this.#writer = options.writer;
  }

  /** Whether the answer has begun, with a `start` line if its format has one. From then on a failure has to be the last line. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** Whether Bedrock has sent `messageStop`. Only `metadata` is still to come. */
  get isComplete(): boolean {
    return this.stopReason !== undefined;
  }

  get timing(): Timing {
    const since = (at: number) => Math.round(at - this.#options.startedAt);
    const totalMs = since(performance.now());
    return this.#firstDeltaAt === undefined
      ? { totalMs }
      : { firstDeltaMs: since(this.#firstDeltaAt), totalMs };
  }

  /** Appends the `start` line, unless it has been written. The first event calls this as well. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { requestId, model } = this.#options;
    this.#writer.own({ type: "start", version: 1, requestId, modelId: model });
  }

  /**
   * Starts a response of lines before the first event, so that the caller gets the status. Does nothing for the other formats:
   * Bedrock's event stream has no `start` line, and begins with its first event. One JSON object is sent when it is complete.
   */
  startEarly(): void {
    const { format } = this.#writer;
    if (format === "ndjson" || format === "sse") this.start();
  }

  /** In Bedrock's event stream, a ping can be the first event. */
  ping(): void {
    if (this.#writer.format === "eventstream") this.start();
    this.#writer.own({ type: "ping" });
  }

  /**
   * Appends the lines of the frames that a chunk completes. The chunk belongs to the answer from then on: lines may be written
   * over it. `becameComplete` is true for the chunk with the first `messageStop`. Throws the `ConverseError` that ends the
   * stream; the lines of all events before it are kept.
   */
  push(chunk: Buffer): { becameComplete: boolean } {
    const wasComplete = this.isComplete;
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof EventStreamCorrupt || error instanceof InvalidEvent)) throw error;
      const message = `Cannot read Bedrock's stream: ${error.message}; try again`;
      throw new ConverseError("StreamCorrupt", message, { cause: error });
    }
    return { becameComplete: this.isComplete && !wasComplete };
  }

  /** Appends the last line: `error` if there is an error, else `end`, which only a complete answer may have. */
  finish(error?: ConverseError): void {
    if (error) return this.#writer.own(error.toLine(this.#options.requestId));
    const { stopReason = "", usage, timing } = this;
    this.#writer.own({ type: "end", stopReason, ...(usage && { usage }), timing });
  }

  /** Returns the bytes written since the last call; empty if there are none. */
  take(): Buffer {
    return this.#writer.take();
  }

  #onFrame(frame: Frame): void {
    const meaning = readFrame(frame);
    if ("error" in meaning) throw meaning.error;
    if (!this.#isStarted) this.start();
    const { name } = meaning;
    this.#writer.event(name, frame.payload, frame);
    if (name === delta) {
      this.deltas++;
      this.#firstDeltaAt ??= performance.now();
    } else if (name === "messageStop") {
      // If there is a second messageStop with a reason, its reason counts. One without a reason does not erase the first.
      this.stopReason = stopReasonOf(frame.payload) ?? this.stopReason ?? "";
    } else if (name === "metadata") {
      const usage = usageOf(frame.payload);
      if (usage) this.usage = { ...this.usage, ...usage };
    }
    this.#lineParts = name === delta ? this.#writer.lineParts?.(name) : undefined;
  }

  #onRun(run: FrameRun): void {
    this.#writer.run?.(run);
    this.deltas += run.count;
  }
}

const delta = "contentBlockDelta";
